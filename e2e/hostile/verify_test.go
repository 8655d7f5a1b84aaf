//go:build unix

package hostile

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

// A bundle is a package with one image, whose parts a test may change.
type bundle struct {
	e                  *evil
	image, composition v1.Manifest
	index              v1.IndexManifest
	// config is the config of the image.
	config string
	// listed changes the entries of the index, after all other content is known.
	listed func(composition, image *v1.Descriptor)
}

// put puts the bundle into the registry.
func (b *bundle) put(t *testing.T) {
	config := b.e.blob(b.config)
	b.image.Config.Digest, b.image.Config.Size = config.Digest, config.Size
	image := b.e.put(repo, "", manifestType, encode(t, b.image))
	if b.composition.Layers == nil {
		file := b.e.blob(fmt.Sprintf("services:\n  web: {image: '%s/%s@%s'}\n", b.e.host, repo, image.Digest))
		file.MediaType, file.Annotations = composeFile, map[string]string{title: "compose.yaml"}
		b.composition.Layers = []v1.Descriptor{file}
	}
	composition := b.e.put(repo, "", manifestType, encode(t, b.composition))
	composition.ArtifactType = compositionType
	composition.Platform = &v1.Platform{OS: "linux", Architecture: "amd64"}
	if b.listed != nil {
		b.listed(&composition, &image)
	}
	b.index.Manifests = append([]v1.Descriptor{composition, image}, b.index.Manifests...)
	raw := encode(t, b.index)
	raw = []byte(strings.Replace(string(raw), "{", fmt.Sprintf(`{"artifactType":%q,`, compositionType), 1))
	b.e.put(repo, tag, indexType, raw)
}

func newBundle(e *evil) *bundle {
	empty := e.blob("{}")
	empty.MediaType = "application/vnd.oci.empty.v1+json"
	b := &bundle{e: e, config: `{"os":"linux","architecture":"amd64","rootfs":{"type":"layers"}}`}
	b.image = v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: v1.Descriptor{MediaType: types.OCIConfigJSON}}
	for _, content := range []string{"layer one", "layer two"} {
		d := e.blob(content)
		d.MediaType = types.OCIUncompressedLayer
		b.image.Layers = append(b.image.Layers, d)
	}
	b.composition = v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: compositionType, Config: empty}
	b.index = v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Annotations: map[string]string{"dev.ocompose.mode": "bundled"}}
	return b
}

// untruths are packages with wrong descriptors, and similar valid ones.
var untruths = map[string]func(t *testing.T, b *bundle){
	"whole":                   func(*testing.T, *bundle) {},
	"size of the composition": func(_ *testing.T, b *bundle) { b.listed = func(c, _ *v1.Descriptor) { c.Size++ } },
	"size of the image":       func(_ *testing.T, b *bundle) { b.listed = func(_, i *v1.Descriptor) { i.Size-- } },
	"image of size 0":         func(_ *testing.T, b *bundle) { b.listed = func(_, i *v1.Descriptor) { i.Size = 0 } },
	"image of size -5":        func(_ *testing.T, b *bundle) { b.listed = func(_, i *v1.Descriptor) { i.Size = -5 } },
	"image listed as an index": func(_ *testing.T, b *bundle) {
		b.listed = func(_, i *v1.Descriptor) { i.MediaType = types.OCIImageIndex }
	},
	"image listed with Docker's media type": func(_ *testing.T, b *bundle) {
		b.listed = func(_, i *v1.Descriptor) { i.MediaType = types.DockerManifestSchema2 }
	},
	"image listed with another media type": func(_ *testing.T, b *bundle) { b.listed = func(_, i *v1.Descriptor) { i.MediaType = "a/b" } },
	"image listed without a media type":    func(_ *testing.T, b *bundle) { b.listed = func(_, i *v1.Descriptor) { i.MediaType = "" } },
	"composition listed as an index": func(_ *testing.T, b *bundle) {
		b.listed = func(c, _ *v1.Descriptor) { c.MediaType = types.OCIImageIndex }
	},
	"size of the first layer":             func(_ *testing.T, b *bundle) { b.image.Layers[0].Size += 3 },
	"size of the last layer":              func(_ *testing.T, b *bundle) { b.image.Layers[1].Size += 3 },
	"layer of size -1":                    func(_ *testing.T, b *bundle) { b.image.Layers[0].Size = -1 },
	"a duplicate layer, the second wrong": func(_ *testing.T, b *bundle) { b.image.Layers[1] = b.image.Layers[0]; b.image.Layers[1].Size++ },
	"a duplicate layer, the first wrong":  func(_ *testing.T, b *bundle) { b.image.Layers[1] = b.image.Layers[0]; b.image.Layers[0].Size++ },
	"a duplicate image, the second wrong": func(_ *testing.T, b *bundle) {
		b.listed = func(_, i *v1.Descriptor) { wrong := *i; wrong.Size++; b.index.Manifests = []v1.Descriptor{wrong} }
	},
	"config that is not JSON":    func(_ *testing.T, b *bundle) { b.config = "nonsense" },
	"config that is a list":      func(_ *testing.T, b *bundle) { b.config = "[]" },
	"config without a platform":  func(_ *testing.T, b *bundle) { b.config = "{}" },
	"config of another platform": func(_ *testing.T, b *bundle) { b.config = `{"os":"windows","architecture":"arm64"}` },
	"a file of size -1":          func(_ *testing.T, b *bundle) { b.composition.Layers = []v1.Descriptor{fileOf(b, -1)} },
	"a file of size 0":           func(_ *testing.T, b *bundle) { b.composition.Layers = []v1.Descriptor{fileOf(b, 0)} },
	"a file of size 1 PiB":       func(_ *testing.T, b *bundle) { b.composition.Layers = []v1.Descriptor{fileOf(b, 1<<50)} },
	"an image served with Docker's media type": func(t *testing.T, b *bundle) {
		config := b.e.blob(b.config)
		b.image.Config.Digest, b.image.Config.Size = config.Digest, config.Size
		raw := encode(t, b.image)
		b.e.on("GET .*/manifests/"+digestOf(raw).String(), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", string(types.DockerManifestSchema2))
			_, _ = w.Write(raw)
		})
	},
	"a layer with the digest of a manifest": func(t *testing.T, b *bundle) {
		other := b.e.put(repo, "", manifestType, encode(t, b.image))
		b.image.Layers[0].Digest, b.image.Layers[0].Size = other.Digest, other.Size
	},
	"changed bytes of equal length": func(_ *testing.T, b *bundle) {
		b.e.blobs[b.image.Layers[0].Digest.String()] = content{"application/octet-stream", 9, func() []byte { return []byte("LAYER ONE") }}
	},
	"no length in responses to HEAD":    func(_ *testing.T, b *bundle) { headWithoutLength(b.e) },
	"no length, and a wrong layer size": func(_ *testing.T, b *bundle) { headWithoutLength(b.e); b.image.Layers[1].Size++ },
}

// sound are the valid packages.
var sound = map[string]bool{
	"whole": true, "no length in responses to HEAD": true, "config without a platform": true, "config of another platform": true,
}

// asIs are those that are copied as they are: all content has its digest, but not its form.
var asIs = map[string]bool{"config that is not JSON": true, "config that is a list": true}

func fileOf(b *bundle, size int64) v1.Descriptor {
	d := b.e.blob(innocent)
	d.MediaType, d.Annotations, d.Size = composeFile, map[string]string{title: "compose.yaml"}, size
	return d
}

func headWithoutLength(e *evil) {
	e.on("HEAD .*/blobs/sha256", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
}

// TestVerifyTellsTheTruth: a package that verify accepts can be copied and saved, and the saved
// file is complete. Verify finds all content that does not match its descriptor. Only layers with
// the right size need --deep.
func TestVerifyTellsTheTruth(t *testing.T) {
	for name, change := range maps.All(untruths) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEvil(t)
			b := newBundle(e)
			change(t, b)
			b.put(t)
			ref := e.host + "/" + repo + ":" + tag
			c := newCommand(t)
			deep := c.run("verify", "--deep", "-o", "json", ref)
			shallow := c.run("verify", ref)
			// Only --deep finds changed bytes of equal length.
			require.Equal(t, sound[name] || name == "changed bytes of equal length", shallow.status == 0, "%s%s", shallow.stdout, shallow.stderr)
			if deep.unknown {
				return
			}
			require.Equal(t, sound[name], deep.status == 0, "%s%s", deep.stdout, deep.stderr)
			if deep.status != 0 && name != "composition listed as an index" { // then it is not a package
				require.Equal(t, 4, deep.status, "%s%s", deep.stdout, deep.stderr)
				var found struct{ Problems []any }
				require.NoError(t, json.Unmarshal([]byte(deep.stdout), &found))
				require.NotEmpty(t, found.Problems)
			}

			saved := c.run("save", ref, "saved.tar")
			if asIs[name] {
				require.Zero(t, saved.status, saved.stderr)
				require.Equal(t, 4, c.run("verify", "./saved.tar").status, "what was wrong is wrong in the file, too")
				return
			}
			require.Equal(t, sound[name], saved.status == 0, "%s%s", saved.stdout, saved.stderr)
			if saved.status != 0 {
				files, err := filepath.Glob(filepath.Join(c.dir, "*"))
				require.NoError(t, err)
				require.Empty(t, files, "an incomplete file")
				return
			}
			for _, args := range [][]string{
				{"verify", "--deep", "./saved.tar"},
				{"load", "./saved.tar", e.host + "/loaded:1"},
				{"verify", "--deep", e.host + "/loaded:1"},
				{"copy", "--bundle", ref, e.host + "/bundled:1"},
				{"verify", "--deep", e.host + "/bundled:1"},
			} {
				end := c.run(args...)
				require.Zero(t, end.status, "%s: %s%s", strings.Join(args, " "), end.stdout, end.stderr)
			}
		})
	}
}
