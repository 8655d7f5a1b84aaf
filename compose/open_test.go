package compose

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestOpenReadsPinned(t *testing.T) {
	t.Parallel()
	p, err := Open(t.Context(), []File{
		{Name: "compose.yaml", Content: []byte("include: [db.yaml]\nservices:\n  web:\n    image: nginx:${TAG:?}\n    platform: ${PLATFORM}\n  cache:\n    image: redis:${R}\n")},
		{Name: PinsFile, Content: []byte("services:\n  web:\n    image: nginx@" + digest + "\n  db:\n    image: postgres@" + digest + "\n")},
		{Name: "db.yaml", Kind: RestoredFile, Content: []byte("services:\n  db:\n    image: postgres:17\n    ports: ['$PORT:5432']\n")},
		{Name: "conf/nginx.conf", Kind: ExtraFile, Content: []byte("{}")},
	}, nil)
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"services.cache.image": "redis:${R}",
		"services.db.image":    "postgres@" + digest,
		"services.web.image":   "nginx@" + digest,
	}, refs(p))
	require.Equal(t, []string{"cache", "db", "web"}, p.Services)
	require.Len(t, p.Files, 2)
	require.Len(t, p.Carried, 2)
	require.Equal(t, []Variable{{Name: "PLATFORM"}, {Name: "PORT"}, {Name: "R"}, {Name: "TAG", Required: true}}, p.Variables)
	require.Equal(t, Position{File: PinsFile, Line: 3}, p.Images[2].Position)
}

// climb is the number of parent folders that a path in a composition may go up.
const climb = 16

// TestOpenStaysInside opens files that try to read an existing secret: by its absolute path and
// relative to the working directory.
func TestOpenStaysInside(t *testing.T) {
	outside := t.TempDir()
	const secret = "SECRET=hidden\nservices: {s: {image: hidden}}\n"
	path := filepath.Join(outside, "secret.yaml")
	require.NoError(t, os.WriteFile(path, []byte(secret), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(outside, ".env"), []byte("SECRET=hidden\n"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(outside, "sub"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(outside, "sub", "x.env"), []byte("SECRET=hidden\n"), 0o600))
	t.Chdir(outside)
	t.Setenv("SECRET", "hidden")
	up := strings.Repeat("../", 200)
	few := strings.Repeat("../", climb)
	for name, compose := range map[string]string{
		"include":                     "include: [" + path + "]",
		"include map":                 "include: [{path: [" + path + "]}]",
		"include up":                  "include: [" + up + path + "]",
		"include a few folders up":    "include: [" + few + path + "]",
		"include url":                 "include: ['https://example.com/compose.yaml']",
		"include oci":                 "include: ['oci://example.com/app']",
		"include git":                 "include: ['git@example.com:app.git']",
		"include by default":          "include: ['${X:-" + path + "}']",
		"include env file":            "include: [{path: ok.yaml, env_file: " + path + "}]\nservices: {a: {image: 'x:${SECRET}'}}",
		"include env files":           "include: [{path: ok.yaml, env_file: [" + outside + "/.env]}]",
		"include project directory":   "include: [{path: ok.yaml, project_directory: " + outside + "}]",
		"project directory up":        "include: [{path: sub/nested.yaml, project_directory: " + few + "}]",
		"extends":                     "services: {a: {extends: {file: " + path + ", service: s}}}",
		"extends up":                  "services: {a: {extends: {file: " + up + path + ", service: s}}}",
		"extends a few folders up":    "services: {a: {extends: {file: " + few + path + ", service: s}}}",
		"extends home":                "services: {a: {extends: {file: ~/secret.yaml, service: s}}}",
		"job extends":                 "jobs: {a: {extends: {file: " + path + ", service: s}}}",
		"current directory":           "include: [{path: secret.yaml}]",
		"nested, current directory":   "include: [sub/nested.yaml]",
		"extends merged":              "x-a: &a {file: " + path + ", service: s}\nservices: {a: {extends: {<<: [*a]}}}",
		"include reached by an alias": "x-a: &a [" + path + "]\ninclude: *a",
		"include of a folder":         "include: [sub]",
		"extends a folder":            "services: {a: {extends: {file: sub, service: s}}}",
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Open(t.Context(), []File{
				{Name: "compose.yaml", Content: []byte(compose)},
				{Name: "ok.yaml", Kind: RestoredFile, Content: []byte("services: {b: {image: 'b:${SECRET}'}}")},
				{Name: "sub/nested.yaml", Kind: ExtraFile, Content: []byte("include: [{path: more.yaml, env_file: x.env}]")},
				{Name: "sub/more.yaml", Kind: ExtraFile, Content: []byte("services: {c: {image: 'c:${SECRET}'}}")},
			}, nil)
			require.Error(t, err, "%v", p)
			require.NotContains(t, err.Error(), "hidden")
			require.NotContains(t, err.Error(), os.TempDir()+"/ocompose-")
		})
	}
}

func TestOpenIgnoresTheEnvironment(t *testing.T) {
	t.Setenv("SECRET", "hidden")
	p, err := Open(t.Context(), []File{{Name: "compose.yaml", Content: []byte("services: {a: {image: 'a:${SECRET}', environment: [SECRET]}}")}}, nil)
	require.NoError(t, err)
	require.Equal(t, "a:${SECRET}", p.Images[0].Ref)
}

func TestOpenRejectsNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../x", "/etc/x", "a/../../x", "", ".", "a/", `a\b`, "compose.yaml", "a\x00b"} {
		_, err := Open(t.Context(), []File{
			{Name: "compose.yaml", Content: []byte("services: {a: {image: a}}")},
			{Name: name, Kind: RestoredFile},
		}, nil)
		require.Error(t, err, name)
	}
}

func TestOpenBounds(t *testing.T) {
	t.Parallel()
	// Two includes of the next file, each in another directory, double the work of each level.
	files := []File{{Name: "compose.yaml", Content: []byte("include: [{path: f0.yaml, project_directory: a}, {path: f0.yaml, project_directory: b}]")}}
	for i := range 40 {
		next := "f" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + ".yaml"
		name := "f0.yaml"
		if i > 0 {
			name = "f" + string(rune('0'+(i-1)/10)) + string(rune('0'+(i-1)%10)) + ".yaml"
		}
		files = append(files, File{Name: name, Kind: RestoredFile, Content: []byte("include: [{path: ../" + next + ", project_directory: a}, {path: ../" + next + ", project_directory: b}]")})
	}
	_, err := Open(t.Context(), files, nil)
	require.Error(t, err)

	var bomb strings.Builder
	bomb.WriteString("x-0: &a0 [1,1,1,1,1,1,1,1,1,1]\n")
	for i := range 9 {
		item := "*a" + string(rune('0'+i))
		bomb.WriteString("x-" + string(rune('1'+i)) + ": &a" + string(rune('1'+i)) + " [" + strings.Repeat(item+",", 9) + item + "]\n")
	}
	_, err = Open(t.Context(), []File{{Name: "compose.yaml", Content: []byte(bomb.String() + "services: {a: {image: a}}")}}, nil)
	require.Error(t, err)
}

// TestOpenRejectsClimbingIncludes climbs with project directories, which may be empty: one include
// after the other, until one is a folder outside with an .env file.
func TestOpenRejectsClimbingIncludes(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, ".env"), []byte("SECRET=hidden\n"), 0o600))
	up := strings.Repeat("../", climb)
	down := func(n int) string { return strings.Repeat("d/", n*climb) }
	for length := range 8 {
		files := []File{{Name: "compose.yaml", Content: []byte("include: [{path: f0.yaml, project_directory: " + up + "}]\n")}}
		for i := range length {
			files = append(files, File{Name: fmt.Sprintf("f%d.yaml", i), Kind: RestoredFile,
				Content: fmt.Appendf(nil, "include: [{path: %sf%d.yaml, project_directory: %s}]\n", down(i+1), i+1, up)})
		}
		files = append(files,
			File{Name: fmt.Sprintf("f%d.yaml", length), Kind: RestoredFile,
				Content: fmt.Appendf(nil, "include: [{path: %sok.yaml, project_directory: %s}]\n", down(length+1), up+outside[1:])},
			File{Name: "ok.yaml", Kind: RestoredFile, Content: []byte("services: {a: {image: 'a:${SECRET}'}}\n")})
		_, err := Open(t.Context(), files, nil)
		require.ErrorContains(t, err, "leaves the folder of the composition")
	}
}

// TestOpenBoundsExtends extends services of documents that have them twice, so that a
// naive loader doubles its work with each step.
func TestOpenBoundsExtends(t *testing.T) {
	t.Parallel()
	var document strings.Builder
	document.WriteString("services:\n")
	for i := range 60 {
		fmt.Fprintf(&document, "  s%d: {extends: s%d, build: .}\n", i, i+1)
	}
	document.WriteString("  s60: {build: .}\n")
	p, err := Open(t.Context(), []File{{Name: "compose.yaml", Content: []byte(document.String() + "---\n" + document.String())}}, nil)
	require.NoError(t, err)
	require.Len(t, p.Images, 61)
}
