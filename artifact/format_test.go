package artifact

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose"
)

// TestFormatRejects: content that a format can't represent is an error, not silently dropped.
func TestFormatRejects(t *testing.T) {
	for name, test := range map[string]struct {
		edit   func(*plan)
		reason string
	}{
		"a bundle": {func(s *plan) { s.Format, s.Mode, s.Tag = MargoFormat, Bundled, "1.0.0" }, "one manifest for all platforms"},
		"attached": {func(s *plan) { attachWeb(s); s.Format = FlightCtlFormat }, "one manifest for all platforms"},
		"one platform": {func(s *plan) {
			s.Format, s.Platforms = FlightCtlFormat, []v1.Platform{{OS: "linux", Architecture: "arm64"}}
		}, "one manifest for all platforms"},
		"a tag that is not SemVer": {func(s *plan) { s.Format, s.Tag = MargoFormat, "latest" }, `the tag "latest" is not a SemVer 2.0 version`},
		"a tag with a v":           {func(s *plan) { s.Format, s.Tag = MargoFormat, "v1.0.0" }, "write 1.0.0"},
		"another version": {func(s *plan) {
			s.Format, s.Tag, s.Annotations = MargoFormat, "1.0.0", map[string]string{AnnotationMargoVersion: "2.0.0"}
		}, `the annotation org.margo.component.version is "2.0.0", but must be "1.0.0"`},
		"pins in a separate file": {func(s *plan) { s.Format, s.Tag = MargoFormat, "1.0.0" }, "second Compose file"},
		"more files than Flight Control reads": {func(s *plan) {
			s.Format = FlightCtlFormat
			s.project = twoFiles(t)
		}, "the project has the Compose files compose.yaml, compose.override.yaml, image-digests.yaml, and Flight Control reads only two"},
		"a file with the name of Flight Control's archive": {func(s *plan) {
			s.Format = FlightCtlFormat
			s.project.Carried = append(s.project.Carried, compose.File{Name: "files.tar.gz", Kind: compose.ExtraFile})
		}, "files.tar.gz"},
		"unsupported by Flight Control": {func(s *plan) {
			s.Format = FlightCtlFormat
			s.project = loadProject(t, "services: {web: {image: 'nginx:1.27', volumes: [{type: tmpfs, target: /t}]}, db: {image: 'postgres:17'}}\n")
		}, "service web: Flight Control supports volumes only in short form"},
	} {
		t.Run(name, func(t *testing.T) {
			plan := shopPlan(t)
			if name == "pins in a separate file" {
				plan.project = loadProject(t, "services: {web: {build: .}, db: {image: 'postgres:17'}}\n")
				plan.images["services.web.image"].Ref = nil
			}
			test.edit(&plan)
			_, _, err := plan.build()
			var refused *FormatError
			require.ErrorAs(t, err, &refused)
			require.ErrorContains(t, err, test.reason)
		})
	}
}

// twoFiles is the shop with an override file.
func twoFiles(t *testing.T) *compose.Project {
	return loadProject(t, shop, func(o *compose.Options) {
		require.NoError(t, os.WriteFile(filepath.Join(o.WorkDir, "compose.override.yaml"), []byte("services: {web: {init: true}}\n"), 0o600))
	})
}

// component is a Margo package with layers of these media types and contents.
func component(t testing.TB, layers ...Content) Composition {
	t.Helper()
	config, err := newContent("application/vnd.oci.empty.v1+json", emptyConfig)
	require.NoError(t, err)
	m := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: MargoType, Config: config.Descriptor}
	for _, l := range layers {
		m.Layers = append(m.Layers, l.Descriptor)
	}
	raw, err := encode(m.MediaType, m)
	require.NoError(t, err)
	p, err := Parse("it", raw)
	require.NoError(t, err)
	require.Equal(t, MargoFormat, p.Format())
	return p.Compositions[0]
}

// archiveOf is an archive with the Compose file and one more entry.
func archiveOf(t testing.TB, header tar.Header) Content {
	t.Helper()
	var b bytes.Buffer
	compressed := gzip.NewWriter(&b)
	w := tar.NewWriter(compressed)
	require.NoError(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "app/compose.yaml", Mode: 0o644}))
	require.NoError(t, w.WriteHeader(&header))
	require.NoError(t, w.Close())
	require.NoError(t, compressed.Close())
	content, err := newContent(MargoArchiveType, b.Bytes())
	require.NoError(t, err)
	return content
}

func TestOpenMargo(t *testing.T) {
	good := archiveOf(t, tar.Header{Typeflag: tar.TypeReg, Name: "app/conf/a.env", Mode: 0o644})
	c := component(t, good)
	_, err := c.Layers()
	require.ErrorContains(t, err, "was not opened")
	d, ok, err := c.Archive()
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, good.Descriptor, d)
	c, err = c.Open(good.Bytes)
	require.NoError(t, err)
	require.Equal(t, "app", c.Component())
	layers, err := c.Layers()
	require.NoError(t, err)
	require.Len(t, layers, 2)
	require.Equal(t, compose.ComposeFile, layers[0].File.Kind)
	require.Equal(t, "conf/a.env", layers[1].File.Name)

	for _, name := range []string{"app/.git/hooks/a", "app/NUL", "app/COMPOSE.yaml", `app/a\b`, "app/compose.yaml/a", "app/.ocompose-1"} {
		bad := archiveOf(t, tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644})
		_, err := component(t, bad).Open(bad.Bytes)
		require.Error(t, err, name)
	}
	other := good
	other.Descriptor.MediaType = "application/vnd.oci.image.layer.v1.tar+gzip"
	large := good
	large.Descriptor.Size = 1 << 40
	for name, c := range map[string]Composition{
		"no layer": component(t), "two layers": component(t, good, good), "another type": component(t, other), "too large": component(t, large),
	} {
		_, _, err := c.Archive()
		require.Error(t, err, name)
	}
}
