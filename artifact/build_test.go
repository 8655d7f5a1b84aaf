package artifact

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fakeManifest describes a manifest that exists in name only.
func fakeManifest(t *testing.T, content string) v1.Descriptor {
	t.Helper()
	c, err := newContent(types.OCIManifestSchema1, []byte(content))
	require.NoError(t, err)
	return c.Descriptor
}

// fakeImage is an image of an index with a manifest for each platform.
func fakeImage(t *testing.T, ref string, platforms ...string) *Image {
	t.Helper()
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	for _, p := range platforms {
		d := fakeManifest(t, ref+" "+p)
		platform, err := v1.ParsePlatform(p)
		require.NoError(t, err)
		d.Platform = platform
		index.Manifests = append(index.Manifests, d)
	}
	attestation := fakeManifest(t, ref+" attestation")
	attestation.Platform = &v1.Platform{OS: "unknown", Architecture: "unknown"}
	index.Manifests = append(index.Manifests, attestation)
	root, err := encode(index.MediaType, index)
	require.NoError(t, err)
	parsed, err := ParseImage(ref)
	require.NoError(t, err)
	image, err := parseImage(parsed, root, nil)
	require.NoError(t, err)
	return image
}

// loadProject loads a project of one compose file.
func loadProject(t testing.TB, content string) *compose.Project {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "compose.yaml"), []byte(content), 0o644))
	project, err := compose.Load(context.Background(), compose.Options{WorkDir: dir})
	require.NoError(t, err)
	return project
}

const shop = `# the shop
services:
  web:
    image: nginx:1.27 # the front
  db: {image: "postgres:17"}
`

// shopSpec is a spec of the shop in which web is for three platforms and db for two.
func shopSpec(t *testing.T) Spec {
	target, err := name.NewRepository("registry.example.com/shop")
	require.NoError(t, err)
	return Spec{
		Project: loadProject(t, shop),
		Mode:    Loose,
		Target:  target,
		Images: map[string]*Image{
			"services.web.image": fakeImage(t, "nginx:1.27", "linux/amd64", "linux/arm64/v8", "linux/arm/v6"),
			"services.db.image":  fakeImage(t, "postgres:17", "linux/arm64", "linux/amd64"),
		},
	}
}

// TestGolden holds the exact bytes of every kind of package.
func TestGolden(t *testing.T) {
	arm64, amd64 := v1.Platform{OS: "linux", Architecture: "arm64"}, v1.Platform{OS: "linux", Architecture: "amd64"}
	for _, test := range []struct {
		name string
		edit func(*testing.T, *Spec)
	}{
		{"loose", func(*testing.T, *Spec) {}},
		{"loose-one-platform", func(_ *testing.T, s *Spec) { s.Platforms = []v1.Platform{arm64} }},
		{"loose-no-portable", func(_ *testing.T, s *Spec) { s.NoPortable = true }},
		{"loose-annotated", func(_ *testing.T, s *Spec) {
			s.Platforms = []v1.Platform{amd64}
			s.Annotations = map[string]string{"org.opencontainers.image.created": "2026-01-02T03:04:05Z"}
		}},
		{"legacy", func(_ *testing.T, s *Spec) { s.Legacy = true }},
		{"bundled", func(_ *testing.T, s *Spec) { s.Mode = Bundled }},
		{"bundled-one-platform", func(_ *testing.T, s *Spec) { s.Mode, s.Platforms = Bundled, []v1.Platform{amd64} }},
		{"bundled-some-platforms", func(_ *testing.T, s *Spec) { s.Mode, s.Platforms = Bundled, []v1.Platform{arm64, amd64} }},
		{"attached", func(_ *testing.T, s *Spec) { attachWeb(s) }},
		{"attached-bundled", func(_ *testing.T, s *Spec) { attachWeb(s); s.Mode = Bundled }},
		{"own-platform", func(t *testing.T, s *Spec) {
			s.Project = loadProject(t, "services:\n  web: {image: 'nginx:1.27', platform: linux/arm/v6}\n  db: {image: 'postgres:17'}\n")
			s.Mode, s.Platforms = Bundled, []v1.Platform{arm64, amd64}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			spec := shopSpec(t)
			test.edit(t, &spec)
			p, err := Build(context.Background(), spec)
			require.NoError(t, err)
			checkConsistent(t, p)
			golden := filepath.Join("testdata", "golden", test.name+".txtar")
			got := txtar.Format(archive(p))
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
				require.NoError(t, os.WriteFile(golden, got, 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))

			again, err := Build(context.Background(), spec)
			require.NoError(t, err)
			require.Equal(t, p.Root.Descriptor.Digest, again.Root.Descriptor.Digest)
		})
	}
}

// attachWeb makes the web service's image the subject.
func attachWeb(s *Spec) {
	s.Subject = s.Images["services.web.image"]
	s.Target = s.Subject.Ref.Context()
}

// archive writes down all that a package is.
func archive(p *Package) *txtar.Archive {
	a := &txtar.Archive{Comment: []byte(fmt.Sprintf("%s %s\n", p.Root.Descriptor.Digest, p.Root.Descriptor.MediaType))}
	add := func(name string, content []byte) {
		a.Files = append(a.Files, txtar.File{Name: name, Data: append(bytes.TrimSuffix(content, []byte("\n")), '\n')})
	}
	add("root.json", p.Root.Bytes)
	for _, c := range p.Compositions {
		platform := "portable"
		if c.Platform != nil {
			platform = c.Platform.String()
		}
		add(platform+"/manifest.json", c.Bytes)
		for _, blob := range c.Blobs {
			add(platform+"/"+blob.Descriptor.Digest.Hex[:12], blob.Bytes)
		}
	}
	for _, image := range p.Images {
		for _, root := range image.Roots {
			add("image/"+image.Image.Origin+"/"+root.Descriptor.Digest.Hex[:12], root.Bytes)
		}
	}
	return a
}

// checkConsistent checks that every descriptor of a package is of what is there.
func checkConsistent(t *testing.T, p *Package) {
	t.Helper()
	check := func(c Content) {
		again, err := newContent(c.Descriptor.MediaType, c.Bytes)
		require.NoError(t, err)
		require.Equal(t, again.Descriptor.Digest, c.Descriptor.Digest)
		require.Equal(t, again.Descriptor.Size, c.Descriptor.Size)
	}
	check(p.Root)
	for _, c := range p.Compositions {
		check(c.Content)
		blobs := map[v1.Hash]int64{}
		for _, blob := range c.Blobs {
			check(blob)
			blobs[blob.Descriptor.Digest] = blob.Descriptor.Size
		}
		var m v1.Manifest
		require.NoError(t, json.Unmarshal(c.Bytes, &m))
		for _, d := range append(m.Layers, m.Config) {
			require.Equal(t, d.Size, blobs[d.Digest])
		}
	}
}

func TestBuildPlatforms(t *testing.T) {
	windows := fakeImage(t, "win:1", "windows/amd64")
	for _, test := range []struct {
		name      string
		edit      func(*Spec)
		platforms []string
		problem   string
	}{
		{"those that all offer", func(*Spec) {}, []string{"linux/amd64", "linux/arm64"}, ""},
		{"none in common", func(s *Spec) { s.Images["services.db.image"] = windows }, nil,
			"the images have no platform in common: docker.io/library/nginx:1.27 offers linux/amd64, linux/arm/v6, linux/arm64; docker.io/library/win:1 offers windows/amd64"},
		{"one is lacking", func(s *Spec) { s.Platforms = []v1.Platform{{OS: "linux", Architecture: "s390x"}} }, nil,
			"images lack a platform: docker.io/library/nginx:1.27 has no linux/s390x: it offers linux/amd64, linux/arm/v6, linux/arm64; docker.io/library/postgres:17 has no linux/s390x: it offers linux/amd64, linux/arm64"},
		{"an older variant runs too", func(s *Spec) {
			s.Images["services.db.image"] = fakeImage(t, "postgres:17", "linux/arm/v5")
			s.Platforms = []v1.Platform{{OS: "linux", Architecture: "arm", Variant: "v7"}}
		}, []string{"linux/arm/v7"}, ""},
		{"a newer variant does not", func(s *Spec) { s.Platforms = []v1.Platform{{OS: "linux", Architecture: "arm", Variant: "v5"}} }, nil, "has no linux/arm/v5"},
		{"named twice", func(s *Spec) {
			s.Platforms = []v1.Platform{{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "amd64"}}
		}, []string{"linux/amd64"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			spec := shopSpec(t)
			test.edit(&spec)
			p, err := Build(context.Background(), spec)
			if test.problem != "" {
				var platforms *PlatformError
				require.ErrorAs(t, err, &platforms)
				require.ErrorContains(t, err, test.problem)
				return
			}
			require.NoError(t, err)
			var got []string
			for _, c := range p.Compositions {
				if c.Platform != nil {
					got = append(got, c.Platform.String())
				}
			}
			require.Equal(t, test.platforms, got)
		})
	}
}

func TestLegacyTakesNoBundleAndNoSubject(t *testing.T) {
	bundle := shopSpec(t)
	bundle.Mode, bundle.Legacy = Bundled, true
	_, err := Build(context.Background(), bundle)
	require.ErrorIs(t, err, ErrLegacy)

	attached := shopSpec(t)
	attachWeb(&attached)
	attached.Legacy = true
	_, err = Build(context.Background(), attached)
	require.ErrorIs(t, err, ErrLegacy)
}
