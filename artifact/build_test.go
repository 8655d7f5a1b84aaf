package artifact

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/margo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fakeManifest describes a manifest that does not exist.
func fakeManifest(t *testing.T, content string) v1.Descriptor {
	t.Helper()
	c, err := newContent(types.OCIManifestSchema1, []byte(content))
	require.NoError(t, err)
	return c.Descriptor
}

// fakeImage is an index with one manifest per platform.
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
	parsed, err := ParseReference(ref)
	require.NoError(t, err)
	image, err := NewImage(ReferenceName(parsed), root, nil)
	require.NoError(t, err)
	image.Ref = parsed
	return image
}

// loadProject loads a project with a single Compose file.
func loadProject(t testing.TB, content string, with ...func(*compose.Options)) *compose.Project {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "compose.yaml"), []byte(content), 0o644))
	options := compose.Options{WorkDir: dir}
	for _, set := range with {
		set(&options)
	}
	project, err := compose.Load(context.Background(), options)
	require.NoError(t, err)
	return project
}

const shop = `# the shop
services:
  web:
    image: nginx:1.27 # the front
  db: {image: "postgres:17"}
`

// A plan describes the package that a test builds.
type plan struct {
	project *compose.Project
	images  map[string]*Image
	Options
}

// build builds the package.
func (p plan) build() (*Package, Spec, error) {
	spec, err := NewSpec(p.project, p.images, p.Options)
	if err != nil {
		return nil, spec, err
	}
	built, err := Build(context.Background(), spec)
	return built, spec, err
}

// shopPlan is the project shop: web has images for three platforms, db for two.
func shopPlan(t *testing.T) plan {
	repository, err := name.NewRepository("registry.example.com/shop")
	require.NoError(t, err)
	return plan{
		project: loadProject(t, shop),
		images: map[string]*Image{
			"services.web.image": fakeImage(t, "nginx:1.27", "linux/amd64", "linux/arm64/v8", "linux/arm/v6"),
			"services.db.image":  fakeImage(t, "postgres:17", "linux/arm64", "linux/amd64"),
		},
		Options: Options{Mode: Loose, Repository: repository},
	}
}

// TestGolden compares the exact bytes of every kind of package.
func TestGolden(t *testing.T) {
	arm64, amd64 := v1.Platform{OS: "linux", Architecture: "arm64"}, v1.Platform{OS: "linux", Architecture: "amd64"}
	for _, test := range []struct {
		name string
		edit func(*testing.T, *plan)
	}{
		{"loose", func(*testing.T, *plan) {}},
		{"loose-one-platform", func(_ *testing.T, s *plan) { s.Platforms = []v1.Platform{arm64} }},
		{"loose-no-portable", func(_ *testing.T, s *plan) { s.NoPortable = true }},
		{"loose-annotated", func(_ *testing.T, s *plan) {
			s.Platforms = []v1.Platform{amd64}
			s.Annotations = map[string]string{"org.opencontainers.image.created": "2026-01-02T03:04:05Z"}
		}},
		{"legacy", func(_ *testing.T, s *plan) { s.Legacy = true }},
		{"bundled", func(_ *testing.T, s *plan) { s.Mode = Bundled }},
		{"bundled-one-platform", func(_ *testing.T, s *plan) { s.Mode, s.Platforms = Bundled, []v1.Platform{amd64} }},
		{"bundled-some-platforms", func(_ *testing.T, s *plan) { s.Mode, s.Platforms = Bundled, []v1.Platform{arm64, amd64} }},
		{"bundled-flat", func(_ *testing.T, s *plan) { s.Mode, s.Flat = Bundled, true }},
		{"attached", func(_ *testing.T, s *plan) { attachWeb(s) }},
		{"attached-bundled", func(_ *testing.T, s *plan) { attachWeb(s); s.Mode = Bundled }},
		{"mounted-files", func(t *testing.T, s *plan) {
			dir := t.TempDir()
			for name, content := range map[string]string{
				"compose.yaml":  "services:\n  web: {image: 'nginx:1.27', env_file: web.env, volumes: ['./conf.d:/etc/nginx/conf.d:ro', './run.sh:/run.sh']}\n  db: {image: 'postgres:17'}\n",
				"conf.d/a.conf": "a\n", "run.sh": "#!/bin/sh\n",
			} {
				path := filepath.Join(dir, filepath.FromSlash(name))
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
			}
			require.NoError(t, os.Chmod(filepath.Join(dir, "run.sh"), 0o755))
			var err error
			s.project, err = compose.Load(t.Context(), compose.Options{WorkDir: dir})
			require.NoError(t, err)
			s.Platforms = []v1.Platform{amd64}
		}},
		{"own-platform", func(t *testing.T, s *plan) {
			s.project = loadProject(t, "services:\n  web: {image: 'nginx:1.27', platform: linux/arm/v6}\n  db: {image: 'postgres:17'}\n")
			s.Mode, s.Platforms = Bundled, []v1.Platform{arm64, amd64}
		}},
		{"margo", func(t *testing.T, s *plan) {
			s.project = loadProject(t, shop, func(o *compose.Options) { o.Archived = true })
			s.Format, s.Tag = MargoFormat, "1.2.0-rc.1_build.7"
		}},
		{"flightctl", func(_ *testing.T, s *plan) { s.Format = FlightCtlFormat }},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := shopPlan(t)
			test.edit(t, &plan)
			p, spec, err := plan.build()
			require.NoError(t, err)
			checkConsistent(t, p)
			golden := filepath.Join("testdata", "golden", test.name+".txtar")
			got := txtar.Format(archive(t, p, plan, spec))
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
				require.NoError(t, os.WriteFile(golden, got, 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))

			again, err := Build(context.Background(), spec)
			require.NoError(t, err)
			require.Equal(t, p.Digest(), again.Digest())
		})
	}
}

// attachWeb sets the image of the service web as the subject.
func attachWeb(p *plan) {
	p.Subject = p.images["services.web.image"]
	p.Repository = p.Subject.Ref.Context()
}

// archive lists all content of a package and the images that it references or includes.
func archive(t *testing.T, p *Package, plan plan, spec Spec) *txtar.Archive {
	root := p.Content()
	a := &txtar.Archive{Comment: []byte(fmt.Sprintf("%s %s\n", root.Descriptor.Digest, root.Descriptor.MediaType))}
	add := func(name string, content []byte) {
		a.Files = append(a.Files, txtar.File{Name: name, Data: append(bytes.TrimSuffix(content, []byte("\n")), '\n')})
	}
	add("root.json", root.Bytes)
	for _, c := range p.Compositions {
		platform := "portable"
		if c.Platform != nil {
			platform = c.Platform.String()
		}
		add(platform+"/manifest.json", c.Content().Bytes)
		blobs, err := c.Blobs()
		require.NoError(t, err)
		for _, blob := range blobs {
			if blob.Descriptor.MediaType != MargoArchiveType {
				add(platform+"/"+blob.Descriptor.Digest.Hex[:12], blob.Bytes)
				continue
			}
			opened, err := margo.Read(bytes.NewReader(blob.Bytes))
			require.NoError(t, err)
			for _, f := range opened.Files {
				add(platform+"/"+blob.Descriptor.Digest.Hex[:12]+"/"+opened.Folder+"/"+f.Name, f.Content)
			}
		}
	}
	images := spec.Images
	if plan.Subject != nil && plan.Mode == Bundled {
		images = append(slices.Clone(images), BundledImage{Origin: plan.Subject.Origin, Roots: []Content{plan.Subject.Root}})
		slices.SortFunc(images, byOrigin)
	}
	for _, image := range images {
		for _, root := range image.Roots {
			add("image/"+image.Origin+"/"+root.Descriptor.Digest.Hex[:12], root.Bytes)
		}
	}
	return a
}

// checkConsistent checks that every descriptor matches its content and that ggcr parses the
// values back unchanged.
func checkConsistent(t *testing.T, p *Package) {
	t.Helper()
	check := func(c Content) {
		again, err := newContent(c.Descriptor.MediaType, c.Bytes)
		require.NoError(t, err)
		require.Equal(t, again.Descriptor.Digest, c.Descriptor.Digest)
		require.Equal(t, again.Descriptor.Size, c.Descriptor.Size)
	}
	check(p.Content())
	digest, err := p.Root.Digest()
	require.NoError(t, err)
	require.Equal(t, p.Digest(), digest)
	for _, c := range p.Compositions {
		check(c.Content())
		contents, err := c.Blobs()
		require.NoError(t, err)
		blobs := map[v1.Hash]int64{}
		for _, blob := range contents {
			check(blob)
			blobs[blob.Descriptor.Digest] = blob.Descriptor.Size
		}
		var m v1.Manifest
		require.NoError(t, json.Unmarshal(c.Content().Bytes, &m))
		require.Equal(t, &m, c.Manifest)
		for _, d := range append(m.Layers, m.Config) {
			require.Equal(t, d.Size, blobs[d.Digest])
		}
		if index, ok := p.Root.(v1.ImageIndex); ok {
			image, err := index.Image(c.Descriptor.Digest)
			require.NoError(t, err)
			raw, err := image.RawManifest()
			require.NoError(t, err)
			require.Equal(t, c.Content().Bytes, raw)
		}
	}
}

// TestSubjectIsSetLast pins a behavior of ggcr that Build relies on: mutating an image or
// index drops a subject set before.
func TestSubjectIsSetLast(t *testing.T) {
	subject := fakeManifest(t, "subject")
	annotations := map[string]string{"a": "b"}
	image, err := newArtifactBase(Type, fakeManifest(t, "config"), nil)
	require.NoError(t, err)
	kept, err := mutate.Subject(mutate.Annotations(image, annotations), subject).(v1.Image).Manifest()
	require.NoError(t, err)
	require.Equal(t, &subject, kept.Subject)
	dropped, err := mutate.Annotations(mutate.Subject(image, subject), annotations).(v1.Image).Manifest()
	require.NoError(t, err)
	require.Nil(t, dropped.Subject, "ggcr keeps the subject now: the order no longer matters")

	index := newIndexBase(Type)
	keptIndex, err := mutate.Subject(mutate.Annotations(index, annotations), subject).(v1.ImageIndex).IndexManifest()
	require.NoError(t, err)
	require.Equal(t, &subject, keptIndex.Subject)
	require.Equal(t, Type, keptIndex.ArtifactType)
	droppedIndex, err := mutate.AppendManifests(mutate.Subject(index, subject).(v1.ImageIndex), listing(subject)).IndexManifest()
	require.NoError(t, err)
	require.Nil(t, droppedIndex.Subject, "ggcr keeps the subject now: the order no longer matters")
}

// TestBuildReadsAProjectOnce: the compositions of a package share one load of the project.
func TestBuildReadsAProjectOnce(t *testing.T) {
	count := func(platforms ...v1.Platform) (loads, parses int) {
		p := shopPlan(t)
		p.Platforms = platforms
		spec, err := NewSpec(p.project, p.images, p.Options)
		require.NoError(t, err)
		var c compose.Counter
		_, err = Build(compose.WithCounter(t.Context(), &c), spec)
		require.NoError(t, err)
		return c.Loads(), c.Parses()
	}
	loads, parses := count(linuxAMD64)
	moreLoads, moreParses := count(linuxAMD64, linuxARM64)
	require.Equal(t, []int{loads, parses}, []int{moreLoads, moreParses}, "three compositions must cost as many loads and parses as one")
}
