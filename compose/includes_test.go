package compose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shelf implements [Fetch]: the files of compositions by reference.
type shelf map[string][]File

func (s shelf) fetch(_ context.Context, ref string) (Fetched, error) {
	files, ok := s[ref]
	if !ok {
		for other, files := range s {
			if pinnedRef(other) == ref {
				return Fetched{Ref: ref, Files: files}, nil
			}
		}
		return Fetched{}, errors.New("there is no such composition")
	}
	return Fetched{Ref: pinnedRef(ref), Files: files}, nil
}

// pinnedRef is a reference with the digest of its content.
func pinnedRef(ref string) string {
	name, digest, ok := strings.Cut(ref, "@")
	if !ok {
		digest = fmt.Sprintf("sha256:%064x", len(ref)*1000+int(ref[len(ref)-1]))
	}
	if i := strings.LastIndex(name, ":"); i > strings.LastIndex(name, "/") {
		name = name[:i]
	}
	return name + "@" + digest
}

func composition(content string, carried ...string) []File {
	files := []File{{Name: "compose.yaml", Content: []byte(content)}}
	for i := 0; i+1 < len(carried); i += 2 {
		files = append(files, File{Name: carried[i], Content: []byte(carried[i+1]), Kind: RestoredFile})
	}
	return files
}

func loadIncluding(t *testing.T, s shelf, dir string, change ...func(*Options)) (*Project, error) {
	opts := Options{WorkDir: dir, Fetch: s.fetch}
	for _, c := range change {
		c(&opts)
	}
	return Load(t.Context(), opts)
}

// imageRefs are the image references by service.
func imageRefs(p *Project) map[string]string {
	refs := map[string]string{}
	for _, image := range p.Images {
		refs[image.Service] = image.Ref
	}
	return refs
}

// TestIncludedReferencesArePinned: only the bytes of the reference change, in any YAML form.
func TestIncludedReferencesArePinned(t *testing.T) {
	t.Parallel()
	const ref = "oci://r.example/lib:1"
	s := shelf{ref: composition("services: {db: {image: 'db:1'}}"), "oci://r.example/other:2": composition("services: {other: {image: o}}")}
	for name, content := range map[string]string{
		"list":         "include:\n  - oci://r.example/lib:1 # why\nservices: {}\n",
		"flow":         "include: [ 'oci://r.example/lib:1' , ]\n",
		"long":         "include:\n- path: \"oci://r.example/lib:1\"\n  env_file: /dev/null\n",
		"list of path": "include: [{path: [oci://r.example/lib:1, ./over.yaml]}]\n",
		"variable":     "include: ['oci://r.example/${LIB:-lib}:${TAG:-1}']\n",
		"alias":        "x-lib: &lib oci://r.example/lib:1\ninclude:\n  - path: *lib\n",
		"merged":       "x-inc: &inc\n  path: oci://r.example/lib:1\ninclude:\n  - <<: *inc\n",
		"alias list":   "x-inc: &inc [oci://r.example/lib:1]\ninclude: *inc\n",
		"block":        "include:\n  - >-\n    oci://r.example/lib:1\n",
		"twice":        "include: [oci://r.example/lib:1]\n---\ninclude: [oci://r.example/lib:1]\nservices: {a: {image: a}}\n",
		"two":          "include: [oci://r.example/lib:1, oci://r.example/other:2]\n",
		"extends":      "services: {db: {extends: {file: 'oci://r.example/lib:1', service: db}}}\n",
		"override":     "include: [oci://r.example/lib:1]\nservices: {db: {labels: !override {a: b}}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := writeFiles(t, map[string]string{"compose.yaml": content, "over.yaml": "services: {db: {labels: {x: y}}}"})
			p, err := loadIncluding(t, s, dir)
			require.NoError(t, err)
			require.Equal(t, "db:1", imageRefs(p)["db"])
			got := string(p.Files[0].Content)
			require.Contains(t, got, pinnedRef(ref))
			for _, each := range []string{ref, "oci://r.example/${LIB:-lib}:${TAG:-1}"} {
				content = strings.ReplaceAll(content, each, pinnedRef(ref))
			}
			content = strings.ReplaceAll(content, "oci://r.example/other:2", pinnedRef("oci://r.example/other:2"))
			if strings.HasPrefix(name, "alias") && name != "alias list" {
				content = "x-lib: &lib oci://r.example/lib:1\ninclude:\n  - path: " + pinnedRef(ref) + "\n"
			}
			require.Equal(t, content, got)
			require.Equal(t, ref, p.Includes[0].Written)
			require.Equal(t, pinnedRef(ref), p.Includes[0].Ref)

			pins := Pins{}
			for _, image := range p.Images {
				pins[image.Path] = Pin{Ref: image.Ref + "@sha256:" + strings.Repeat("a", 64)}
			}
			files, err := p.Pin(t.Context(), pins)
			require.NoError(t, err)
			require.Equal(t, content, string(files[0].Content))
			opened, err := Open(t.Context(), files, s.fetch)
			require.NoError(t, err)
			for _, image := range opened.Images {
				require.Contains(t, image.Ref, "@sha256:")
			}
			_, err = Open(t.Context(), files, nil)
			require.ErrorContains(t, err, "nothing is read from registries here")
		})
	}
}

// TestIncludeInCarriedFile: an include in a carried file is pinned too.
func TestIncludeInCarriedFile(t *testing.T) {
	t.Parallel()
	const ref = "oci://r.example/lib:1"
	s := shelf{ref: composition("services: {db: {image: 'db:1'}}")}
	dir := writeFiles(t, map[string]string{"compose.yaml": "include: [part.yaml]\n", "part.yaml": "include:\n  - " + ref + "\nservices: {a: {image: a}}\n"})
	p, err := loadIncluding(t, s, dir)
	require.NoError(t, err)
	require.Equal(t, "include: [part.yaml]\n", string(p.Files[0].Content))
	require.Equal(t, "include:\n  - "+pinnedRef(ref)+"\nservices: {a: {image: a}}\n", string(p.Carried[0].Content))
	moved, err := p.Repoint(t.Context(), map[string]string{pinnedRef(ref): "oci://new.example/app@sha256:" + strings.Repeat("b", 64)})
	require.NoError(t, err)
	require.Contains(t, string(moved.Carried[0].Content), "oci://new.example/app@sha256:bbb")
	require.Contains(t, string(p.Carried[0].Content), pinnedRef(ref))
	require.Equal(t, map[string]string{"a": "a", "db": "db:1"}, imageRefs(moved))
}

// TestIncludedFilesStay: files of an included composition are never packaged with the project,
// and files that it contains are not required on the host.
func TestIncludedFilesStay(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	secret := filepath.Join(outside, "s.env")
	require.NoError(t, os.WriteFile(secret, []byte("A=hidden\n"), 0o600))
	dir := writeFiles(t, map[string]string{"compose.yaml": "include: [oci://r.example/lib:1]\nservices: {db: {volumes: ['./mine.conf:/m:ro']}}\n",
		"conf": "hidden\n", "mine.conf": "mine\n"})
	lib := "services:\n  db:\n    image: db\n    env_file: [" + secret + ", '${OUT}/s.env']\n    label_file: ['${OUT}/s.env']\n" +
		"    security_opt: ['seccomp=conf']\n    configs: [own, stolen]\n    volumes: ['${PWD}/conf:/conf:ro', './own.conf:/own:ro', './lost:/lost']\n" +
		"configs:\n  own: {file: ./own.conf}\n  stolen: {file: '${PWD}/conf'}\n"
	s := shelf{"oci://r.example/lib:1": composition(lib, "own.conf", "own\n")}
	for _, flat := range []bool{false, true} {
		p, err := loadIncluding(t, s, dir, func(o *Options) {
			o.WithEnv, o.WithFiles, o.Flatten, o.Environ = true, true, flat, []string{"OUT=" + outside, "PWD=" + dir}
		})
		require.NoError(t, err)
		var names []string
		for _, f := range append(p.Carried, p.Files...) {
			names = append(names, f.Name)
			require.NotContains(t, string(f.Content), "hidden")
		}
		want := []string{"mine.conf", "compose.yaml"}
		if flat {
			want = []string{"mine.conf", "own.conf", "compose.yaml"}
		}
		require.Equal(t, want, names)
		lost := false
		for _, r := range p.Requires {
			require.NotContains(t, r.Path, "own.conf")
			require.NotContains(t, r.Path, "registry")
			lost = lost || r.Path == "lost"
		}
		require.True(t, lost)
	}
}

// TestIncludedStaysInside: an included composition reads only its own files, regardless of the
// environment.
func TestIncludedStaysInside(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "s.yaml"), []byte("services: {s: {image: hidden}}\n"), 0o600))
	up := strings.Repeat("../", 60)
	for name, content := range map[string]string{
		"absolute":          "include: [" + outside + "/s.yaml]",
		"up":                "include: [" + up + outside[1:] + "/s.yaml]",
		"variable":          "include: ['${OUT}/s.yaml']",
		"project directory": "include: [{path: part.yaml, project_directory: '${OUT}'}]",
		"climb":             "include: [{path: part.yaml, project_directory: ../..}]",
		"env file":          "include: [{path: part.yaml, env_file: '${OUT}/s.yaml'}]",
		"extends":           "services: {s: {extends: {file: '${OUT}/s.yaml', service: s}}}",
		"extends up":        "services: {s: {extends: {file: " + up + outside[1:] + "/s.yaml, service: s}}}",
		"project's own":     "include: ['${DIR}/own.yaml']",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := writeFiles(t, map[string]string{"compose.yaml": "include: [oci://r.example/lib:1]\nservices: {a: {image: a}}\n", "own.yaml": "services: {o: {image: o}}"})
			s := shelf{"oci://r.example/lib:1": composition(content, "part.yaml", "include: [./s.yaml]\nservices: {p: {image: p}}")}
			_, err := loadIncluding(t, s, dir, func(o *Options) { o.Environ = []string{"OUT=" + outside, "DIR=" + dir} })
			require.ErrorContains(t, err, "leaves the folder of the composition")
			require.NotContains(t, err.Error(), os.TempDir()+"/ocompose-")
		})
	}
}

// TestIncludesEnd: cycles, long chains and large numbers of included compositions are rejected.
func TestIncludesEnd(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": "include: [oci://r.example/a:0]\nservices: {w: {image: w}}\n"})
	include := func(i int) []File {
		return composition(fmt.Sprintf("include: ['oci://r.example/a:%d']\nservices: {s%d: {image: s}}\n", i, i))
	}
	_, err := loadIncluding(t, shelf{"oci://r.example/a:0": include(1), "oci://r.example/a:1": include(0)}, dir)
	require.EqualError(t, err, "oci://r.example/a:1:1: oci://r.example/a:0 includes itself through its includes")

	chain, many := shelf{}, shelf{}
	for i := range 9 {
		chain[fmt.Sprintf("oci://r.example/a:%d", i)] = include(i + 1)
	}
	_, err = loadIncluding(t, chain, dir)
	require.ErrorContains(t, err, "more than 8 levels of included compositions")

	var all []string
	for i := range 101 {
		ref := fmt.Sprintf("oci://r.example/m%03d%s:1", i, strings.Repeat("x", i))
		many[ref] = composition("services: {}")
		all = append(all, ref)
	}
	many["oci://r.example/a:0"] = composition("include: ['" + strings.Join(all, "','") + "']")
	_, err = loadIncluding(t, many, dir)
	require.ErrorContains(t, err, "more than 100 compositions that are included")
}

// TestIncludesRejected: an error about an unsupported include names an alternative.
func TestIncludesRejected(t *testing.T) {
	t.Parallel()
	s := shelf{"oci://r.example/lib:1": composition("services: {db: {image: db, volumes: ['./own.conf:/own:ro']}}", "own.conf", "own\n"),
		"oci://r.example/plain:1": composition("services: {db: {image: db}}")}
	for ref, want := range map[string]string{
		"https://r.example/compose.yaml":              "copy the files into the project folder",
		"https://github.com/docker/compose.git#main":  "copy the files into the project folder",
		"git@github.com:docker/compose.git":           "copy the files into the project folder",
		"oci://r.example/none:1":                      `include: reading "oci://r.example/none:1": there is no such composition`,
		"oci://r.example/lib:1 --flatten":             "",
		"oci://r.example/plain:1 --flatten and works": "",
	} {
		t.Run(ref, func(t *testing.T) {
			t.Parallel()
			ref, flag, _ := strings.Cut(ref, " ")
			dir := writeFiles(t, map[string]string{"compose.yaml": "include: ['" + ref + "']\nservices: {a: {image: a}}\n"})
			p, err := loadIncluding(t, s, dir, func(o *Options) { o.Flatten = flag != "" })
			if want == "" {
				require.NoError(t, err)
				require.NotContains(t, string(p.Files[0].Content), "oci://")
				require.Equal(t, map[string]string{"a": "a", "db": "db"}, imageRefs(p))
				return
			}
			require.ErrorContains(t, err, want)
		})
	}
}

// FuzzIncluded: no file from outside an included composition gets into the project, and loading
// neither panics nor hangs.
func FuzzIncluded(f *testing.F) {
	outside := f.TempDir()
	secret := filepath.Join(outside, "s.yaml")
	require.NoError(f, os.WriteFile(secret, []byte("services: {s: {image: hidden}}\n"), 0o600))
	require.NoError(f, os.WriteFile(filepath.Join(outside, ".env"), []byte("S=hidden\n"), 0o600))
	for _, seed := range []string{
		"services: {a: {image: 'a:${S}', env_file: '${OUT}/.env'}}",
		"include: [b.yaml]\x00services: {b: {image: b, volumes: ['${OUT}/s.yaml:/s:ro']}}",
		"include: [{path: b.yaml, env_file: '${OUT}/.env'}]\x00services: {b: {image: 'b:${S}'}}",
		"include: [oci://r.example/lib:1]",
		"services: {a: {extends: {file: '${OUT}/s.yaml', service: s}}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 1<<13 || strings.Contains(string(input), "hidden") {
			return
		}
		main, part, _ := strings.Cut(string(input), "\x00")
		s := shelf{"oci://r.example/lib:1": composition(main, "b.yaml", part)}
		dir := writeFiles(t, map[string]string{"compose.yaml": "include: [oci://r.example/lib:1]\nservices: {w: {image: w}}\n"})
		for _, flat := range []bool{false, true} {
			p, err := loadIncluding(t, s, dir, func(o *Options) {
				o.WithEnv, o.WithFiles, o.Flatten, o.Environ = true, true, flat, []string{"OUT=" + outside}
			})
			if err != nil {
				require.NotContains(t, err.Error(), "hidden")
				continue
			}
			for _, image := range p.Images {
				require.NotContains(t, image.Ref, "hidden")
			}
			for _, file := range append(p.Files, p.Carried...) {
				require.NotContains(t, string(file.Content), "hidden")
			}
		}
	})
}
