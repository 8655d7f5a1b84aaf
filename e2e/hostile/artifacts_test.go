//go:build unix

package hostile

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

const restoredFile = "application/vnd.docker.compose.envfile"

// madeLayer describes a file of a composition by another author.
func madeLayer(mediaType types.MediaType, content string, annotations ...string) hostileLayer {
	all := map[string]string{}
	for i := 0; i < len(annotations); i += 2 {
		all[annotations[i]] = annotations[i+1]
	}
	return hostileLayer{mediaType: mediaType, content: content, annotations: all}
}

type hostileLayer struct {
	mediaType   types.MediaType
	content     string
	annotations map[string]string
	// edit changes the layer's descriptor.
	edit func(*v1.Descriptor)
}

// serveMade makes a registry return a composition of the layers, even if that is invalid.
func serveMade(t testing.TB, server *registrytest.Server, repo string, layers ...hostileLayer) {
	t.Helper()
	tag, err := name.NewTag(server.Host+"/"+repo+":1", name.Insecure)
	require.NoError(t, err)
	answer := func(path, mediaType, content string) {
		server.Faults().Add(registrytest.Fault{
			Match: registrytest.On("GET|HEAD", "^/v2/"+repo+path), Do: registrytest.Answer(200, mediaType, content),
		})
	}
	write := func(content string, mediaType types.MediaType) v1.Descriptor {
		blob := static.NewLayer([]byte(content), mediaType)
		require.NoError(t, remote.WriteLayer(tag.Context(), blob))
		digest, err := blob.Digest()
		require.NoError(t, err)
		return v1.Descriptor{MediaType: mediaType, Digest: digest, Size: int64(len(content))}
	}
	manifest := v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: compositionType,
		Config: write("{}", "application/vnd.oci.empty.v1+json"),
	}
	for _, l := range layers {
		d := write(l.content, l.mediaType)
		d.Annotations = l.annotations
		if l.edit != nil {
			l.edit(&d)
			answer("/blobs/"+d.Digest.String(), "application/octet-stream", l.content)
		}
		manifest.Layers = append(manifest.Layers, d)
	}
	raw, err := json.Marshal(manifest)
	require.NoError(t, err)
	answer("/manifests/", string(types.OCIManifestSchema1), string(raw))
}

// TestHostileArtifactsWriteNothing: for any names, digests and sizes in an artifact, pull writes
// nothing outside its folder, and if it fails, nothing inside it.
func TestHostileArtifactsWriteNothing(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t)
	file := madeLayer(composeFile, innocent, "com.docker.compose.file", "compose.yaml")
	named := func(mediaType types.MediaType, name string) hostileLayer {
		return madeLayer(mediaType, "evil", title, name)
	}
	changed := func(edit func(*v1.Descriptor)) hostileLayer {
		l := madeLayer(composeFile, innocent+"# another\n", title, "second.yaml")
		l.edit = edit
		return l
	}
	for _, test := range []struct {
		name   string
		layers []hostileLayer
		says   string
	}{
		{"parent", []hostileLayer{file, named(composeFile, "../evil")}, `"../evil"`},
		{"parent, the old way", []hostileLayer{file, madeLayer(composeFile, "evil", "com.docker.compose.file", "../evil")}, `"../evil"`},
		{"parent of an env file", []hostileLayer{file, madeLayer(restoredFile, "evil", "com.docker.compose.envfile", "../evil")}, `"../evil"`},
		{"parent inside", []hostileLayer{file, named(extraFile, "conf/../../evil")}, `evil`},
		{"parent alone", []hostileLayer{file, named(extraFile, "..")}, `".."`},
		{"the folder itself", []hostileLayer{file, named(extraFile, ".")}, `name`},
		{"absolute", []hostileLayer{file, named(composeFile, "/tmp/ocompose-evil")}, `ocompose-evil`},
		{"backslash", []hostileLayer{file, named(composeFile, `..\evil`)}, `evil`},
		{"drive", []hostileLayer{file, named(composeFile, `C:evil`)}, `evil`},
		{"line end", []hostileLayer{file, named(composeFile, "evil\nrm")}, `evil`},
		{"escape", []hostileLayer{file, named(composeFile, "\x1b[31mevil")}, `evil`},
		{"nothing", []hostileLayer{file, named(composeFile, "a//b")}, `a//b`},
		{"twice", []hostileLayer{file, named(extraFile, "same"), named(extraFile, "same")}, `same`},
		{"a duplicate Compose file", []hostileLayer{file, named(restoredFile, "compose.yaml")}, `compose.yaml`},
		{"a file and a folder", []hostileLayer{file, named(extraFile, "conf"), named(extraFile, "conf/web.conf")}, `conf`},
		{"through a symlink", []hostileLayer{file, named(extraFile, "link/evil")}, `link`},
		{"over a symlink to a folder", []hostileLayer{file, named(extraFile, "link")}, `link`},
		{"another digest", []hostileLayer{file, changed(func(d *v1.Descriptor) { d.Digest.Hex = strings.Repeat("0", 64) })}, `second.yaml`},
		{"another file's digest", []hostileLayer{madeLayer(composeFile, innocent, title, "x.yaml"), changed(func(d *v1.Descriptor) { d.Size-- })}, `second.yaml`},
		{"larger than its descriptor", []hostileLayer{file, changed(func(d *v1.Descriptor) { d.Size = 3 })}, `second.yaml`},
		{"smaller than its descriptor", []hostileLayer{file, changed(func(d *v1.Descriptor) { d.Size = 1 << 20 })}, `second.yaml`},
		{"huge", []hostileLayer{file, changed(func(d *v1.Descriptor) { d.Size = 1 << 60 })}, ``},
		{"negative", []hostileLayer{file, changed(func(d *v1.Descriptor) { d.Size = -1 })}, ``},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			repo := "hostile/" + strings.Map(letter, test.name)
			serveMade(t, server, repo, test.layers...)
			ref := server.Host + "/" + repo + ":1"
			p := programtest.New(t)
			outside := t.TempDir()
			p.Write("out/own", "was here")
			require.NoError(t, os.Symlink(outside, filepath.Join(p.Dir, "out", "link")))
			before := tree(t, p.Dir)

			end := p.Run("pull", "-d", "out", ref)
			require.Equal(t, 1, end.Status, end.Stderr)
			require.Empty(t, end.Stdout)
			require.Contains(t, end.Stderr, test.says)
			require.NotContains(t, end.Stderr, "\x1b", "an escape sequence for the terminal")
			require.LessOrEqual(t, strings.Count(end.Stderr, "\n"), 3, end.Stderr)
			require.Empty(t, programtest.Internals(end.Stderr))
			require.Equal(t, before, tree(t, p.Dir))
			require.Empty(t, tree(t, outside))
			require.NoFileExists(t, "/tmp/ocompose-evil")

			// No folder is created for a failed pull either, unless the conflict is with the
			// folder's own links.
			if !strings.Contains(test.name, "symlink") {
				require.Equal(t, 1, p.Run("pull", "-d", "new", ref).Status)
				require.NoDirExists(t, filepath.Join(p.Dir, "new"))
			}
		})
	}
}

// TestHostileRegistryWritesNothing: changed bytes and endless responses are detected.
func TestHostileRegistryWritesNothing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault registrytest.Fault
	}{
		{"changed file", registrytest.Fault{Match: registrytest.On("GET", registrytest.Blobs), Do: registrytest.Corrupt()}},
		{"longer file", registrytest.Fault{Match: registrytest.On("GET", registrytest.Blobs), Do: registrytest.Resize(1)}},
		{"shorter file", registrytest.Fault{Match: registrytest.On("GET", registrytest.Blobs), Do: registrytest.Resize(-1)}},
		{"endless file", registrytest.Fault{Match: registrytest.On("GET", registrytest.Blobs), Do: registrytest.Oversize(64 << 20)}},
		{"endless manifest", registrytest.Fault{Match: registrytest.On("GET", registrytest.Manifests), Do: registrytest.Oversize(64 << 20)}},
		{"web page", registrytest.Fault{Match: registrytest.On("GET", registrytest.Manifests), Do: registrytest.HTML(200)}},
		{"login page", registrytest.Fault{Match: registrytest.On("GET", registrytest.Blobs), Do: registrytest.RedirectToLogin()}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := registrytest.Start(t)
			p := programtest.New(t)
			registrytest.PushImage(t, server.Host+"/web:1", registrytest.ImageSpec{})
			p.Write("compose.yaml", "services:\n  web: {image: '"+server.Host+"/web:1'}\n")
			p.OK("push", server.Host+"/app:1")
			digest := registrytest.Digest(t, server.Host+"/app:1")
			server.Faults().Add(test.fault)
			for _, ref := range []string{server.Host + "/app:1", server.Host + "/app@" + digest} {
				end := p.Run("pull", "-d", "out", ref)
				require.Equal(t, 1, end.Status, end.Stderr)
				require.Empty(t, end.Stdout)
				require.Empty(t, programtest.Internals(end.Stderr))
				require.NoDirExists(t, filepath.Join(p.Dir, "out"))
			}
		})
	}
}

// TestHostileTextIsEscaped: escape sequences and line breaks from a registry never
// reach the terminal, from any command.
func TestHostileTextIsEscaped(t *testing.T) {
	t.Parallel()
	const evil = `\u001b[31mevil\n\u202eevil`
	server := registrytest.Start(t)
	serveMade(t, server, "evil", madeLayer(composeFile,
		"services:\n  \"w"+evil+"\": {image: \"web"+evil+"\", environment: {A: \"${V:-\\e[31m}\"}}\n", title, "compose.yaml"))
	registrytest.PushImage(t, server.Host+"/web:1", registrytest.ImageSpec{})
	digest := registrytest.Digest(t, server.Host+"/web:1")
	server.Faults().Add(registrytest.Fault{
		Match: registrytest.On("GET", "^/v2/web/referrers/"),
		Do: registrytest.Answer(200, string(types.OCIImageIndex), `{"schemaVersion":2,"mediaType":"`+string(types.OCIImageIndex)+`","manifests":[`+
			`{"mediaType":"`+string(types.OCIManifestSchema1)+`","digest":"`+digest+`","size":2,"artifactType":"a/b`+evil+`","annotations":{"k":"`+evil+`"}}]}`),
	})
	p := programtest.New(t)
	p.Write("compose.yaml", "services:\n  web: {image: '"+server.Host+"/web:1'}\n")
	for _, args := range [][]string{
		{"inspect", server.Host + "/evil:1"},
		{"inspect", "-o", "json", server.Host + "/evil:1"},
		{"images", server.Host + "/evil:1"},
		{"verify", server.Host + "/evil:1"},
		{"copy", "--bundle", server.Host + "/evil:1", server.Host + "/good"},
		{"referrers", "--all", server.Host + "/web:1"},
		{"referrers", "--all", "-o", "tree", server.Host + "/web:1"},
		{"referrers", "--all", "-o", "json", server.Host + "/web:1"},
	} {
		end := p.Run(args...)
		shown := end.Stdout + end.Stderr
		require.Contains(t, shown, "evil", "%q", args)
		require.NotContains(t, shown, "\x1b", "%q", args)
		require.NotRegexp(t, "(?m)^\u202e?evil", shown, "%q", args)
		if args[len(args)-2] != "json" {
			require.NotContains(t, shown, "\u202e", "%q", args)
		}
	}
}

// letter keeps characters that a repository's name may have.
func letter(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r
	}
	return -1
}

// tree lists the content of a folder, with the contents of files.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if !entry.Type().IsRegular() {
			all[rel] = entry.Type().String()
			return nil
		}
		content, err := os.ReadFile(path)
		all[rel] = string(content)
		return err
	}))
	return all
}
