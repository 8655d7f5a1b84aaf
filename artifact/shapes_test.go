package artifact

import (
	"bytes"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/limits"
)

// shapes makes images in memory.
type shapes struct {
	t     *testing.T
	known map[v1.Hash][]byte
	reads atomic.Int64
}

func newShapes(t *testing.T) *shapes { return &shapes{t: t, known: map[v1.Hash][]byte{}} }

func (s *shapes) add(mediaType types.MediaType, content any) v1.Descriptor {
	c, err := encode(mediaType, content)
	require.NoError(s.t, err)
	s.known[c.Descriptor.Digest] = c.Bytes
	return c.Descriptor
}

// image is a container image, with or without a platform in its index entry.
func (s *shapes) image(config v1.ConfigFile, says *v1.Platform) v1.Descriptor {
	config.RootFS.Type = "layers"
	d := s.add(types.OCIManifestSchema1, v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: s.add(types.OCIConfigJSON, config), Layers: []v1.Descriptor{},
	})
	d.Platform = says
	return d
}

func (s *shapes) index(entries ...v1.Descriptor) v1.Descriptor {
	return s.add(types.OCIImageIndex, v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: entries})
}

func (s *shapes) read(d v1.Descriptor) ([]byte, error) {
	s.reads.Add(1)
	content, ok := s.known[d.Digest]
	if !ok {
		return nil, fmt.Errorf("not found: %s", d.Digest)
	}
	return content, nil
}

func (s *shapes) open(root v1.Descriptor) (*Image, error) {
	return NewImage("registry.example.com/app:1", Content{Descriptor: root, Bytes: s.known[root.Digest]}, s.read)
}

func on(os, arch string) *v1.Platform { return &v1.Platform{OS: os, Architecture: arch} }

func windows(version string) *v1.Platform {
	return &v1.Platform{OS: "windows", Architecture: "amd64", OSVersion: version}
}

// TestImageShapes: an image is parsed in every form that registries use.
func TestImageShapes(t *testing.T) {
	amd64, arm64 := v1.ConfigFile{OS: "linux", Architecture: "amd64"}, v1.ConfigFile{OS: "linux", Architecture: "arm64", Variant: "v8"}
	for name, test := range map[string]struct {
		root      func(*shapes) v1.Descriptor
		platforms []string
		reads     int
	}{
		"one manifest": {func(s *shapes) v1.Descriptor { return s.image(arm64, nil) }, []string{"linux/arm64"}, 1},
		"an index": {func(s *shapes) v1.Descriptor {
			return s.index(s.image(amd64, on("linux", "amd64")), s.image(arm64, on("linux", "arm64")))
		}, []string{"linux/amd64", "linux/arm64"}, 0},
		"an index without platforms": {func(s *shapes) v1.Descriptor {
			return s.index(s.image(amd64, nil), s.image(arm64, nil))
		}, []string{"linux/amd64", "linux/arm64"}, 4},
		"an index with some platforms": {func(s *shapes) v1.Descriptor {
			return s.index(s.image(amd64, on("linux", "amd64")), s.image(arm64, nil))
		}, []string{"linux/amd64", "linux/arm64"}, 2},
		"nested indexes with platforms": {func(s *shapes) v1.Descriptor {
			a, b := s.index(s.image(amd64, nil)), s.index(s.image(arm64, nil))
			a.Platform, b.Platform = on("linux", "amd64"), on("linux", "arm64")
			return s.index(a, b)
		}, []string{"linux/amd64", "linux/arm64"}, 2},
		"nested indexes with platforms in the outer entries": {func(s *shapes) v1.Descriptor {
			return s.index(s.index(s.image(amd64, on("linux", "amd64"))), s.index(s.image(arm64, on("linux", "arm64"))))
		}, []string{"linux/amd64", "linux/arm64"}, 2},
		"nested indexes without platforms": {func(s *shapes) v1.Descriptor {
			return s.index(s.index(s.index(s.image(amd64, nil), s.image(arm64, nil))))
		}, []string{"linux/amd64", "linux/arm64"}, 6},
		"attestations": {func(s *shapes) v1.Descriptor {
			byAnnotation := s.image(amd64, nil)
			byAnnotation.Annotations = map[string]string{annotationReference: "attestation-manifest"}
			inner := s.index(s.image(arm64, nil), s.image(v1.ConfigFile{}, on("unknown", "unknown")))
			inner.Platform = on("linux", "arm64")
			return s.index(s.image(amd64, on("linux", "amd64")), s.image(v1.ConfigFile{}, on("unknown", "unknown")), byAnnotation, inner)
		}, []string{"linux/amd64", "linux/arm64"}, 1},
		"artifacts": {func(s *shapes) v1.Descriptor {
			sbom := s.add(types.OCIManifestSchema1, v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: s.add("application/vnd.oci.empty.v1+json", struct{}{})})
			known := sbom
			known.ArtifactType = "application/spdx+json"
			image := s.image(amd64, nil)
			image.ArtifactType = string(types.OCIConfigJSON)
			return s.index(image, sbom, known)
		}, []string{"linux/amd64"}, 3},
		"versions of Windows": {func(s *shapes) v1.Descriptor {
			return s.index(s.image(v1.ConfigFile{OS: "windows", OSVersion: "1"}, windows("1")), s.image(v1.ConfigFile{OS: "windows"}, windows("2")), s.image(amd64, on("linux", "amd64")))
		}, []string{"windows/amd64", "linux/amd64"}, 0},
		"no runnable manifest": {func(s *shapes) v1.Descriptor {
			return s.index(s.image(v1.ConfigFile{}, nil), s.image(v1.ConfigFile{}, on("unknown", "unknown")))
		}, nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShapes(t)
			image, err := s.open(test.root(s))
			require.NoError(t, err)
			var platforms []string
			for _, p := range image.Platforms() {
				platforms = append(platforms, p.String())
			}
			require.Equal(t, test.platforms, platforms)
			require.Equal(t, test.reads, int(s.reads.Load()))
			for _, p := range image.Platforms() {
				require.True(t, image.Offers(p))
			}
			require.Equal(t, test.platforms == nil, image.Offers(v1.Platform{OS: "plan9", Architecture: "mips"}))
		})
	}
}

func TestImageShapesHaveLimits(t *testing.T) {
	s := newShapes(t)
	deep := s.image(v1.ConfigFile{OS: "linux", Architecture: "amd64"}, nil)
	for range limits.ImageDepth + 2 {
		deep = s.index(deep)
	}
	_, err := s.open(deep)
	require.ErrorContains(t, err, "more than 4 levels of indexes")

	wide := make([]v1.Descriptor, limits.ImageReads+1)
	for i := range wide {
		wide[i] = s.image(v1.ConfigFile{OS: "linux", Architecture: "amd64", Author: fmt.Sprint(i)}, nil)
	}
	_, err = s.open(s.index(wide...))
	require.ErrorContains(t, err, "more than 200 manifests")

	var equal, platforms []v1.Descriptor
	for i := range limits.ImageManifests + 1 {
		one := wide[0]
		one.Platform = &v1.Platform{OS: "linux", Architecture: "amd64"}
		equal = append(equal, one)
		one.Platform = &v1.Platform{OS: "linux", Architecture: fmt.Sprint("a", i)}
		platforms = append(platforms, one)
	}
	_, err = s.open(s.index(equal...))
	require.ErrorContains(t, err, "more than 1000 manifests")
	_, err = s.open(s.index(platforms...))
	require.ErrorContains(t, err, "more than 128 platforms")
	_, err = s.open(s.index(equal[1:]...))
	require.NoError(t, err)

	missing := s.image(v1.ConfigFile{OS: "linux", Architecture: "amd64"}, nil)
	delete(s.known, missing.Digest)
	_, err = s.open(s.index(missing))
	require.ErrorContains(t, err, "not found: "+missing.Digest.String())
}

// TestTrimShapes: a trimmed index lists manifests, including those of nested indexes, and keeps
// the fields of the remaining entries.
func TestTrimShapes(t *testing.T) {
	s := newShapes(t)
	amd64 := s.image(v1.ConfigFile{OS: "linux", Architecture: "amd64"}, on("linux", "amd64"))
	amd64.Annotations = map[string]string{"kept": "yes"}
	arm64, arm := s.image(v1.ConfigFile{OS: "linux", Architecture: "arm64"}, nil), s.image(v1.ConfigFile{OS: "linux", Architecture: "arm"}, nil)
	image, err := s.open(s.index(amd64, s.index(arm64, arm)))
	require.NoError(t, err)
	trimmed, err := image.Trim([]v1.Platform{*on("linux", "arm64"), *on("linux", "amd64")})
	require.NoError(t, err)
	entries := trimmed.Listed()
	require.Len(t, entries, 2)
	require.Equal(t, amd64, entries[0])
	require.Equal(t, arm64.Digest, entries[1].Digest)
	require.Equal(t, "linux/arm64", entries[1].Platform.String())
	all, err := image.Trim(image.Platforms())
	require.NoError(t, err)
	require.Len(t, all.Listed(), 3)
}

// TestWindowsVersions: if several manifests are for one platform and differ by OS version, the
// index is pinned, because no single manifest runs everywhere.
func TestWindowsVersions(t *testing.T) {
	s := newShapes(t)
	versions := []v1.Descriptor{
		s.image(v1.ConfigFile{OS: "windows", Author: "1"}, windows("10.0.17763.1")),
		s.image(v1.ConfigFile{OS: "windows", Author: "2"}, windows("10.0.20348.1")),
	}
	again := s.image(v1.ConfigFile{OS: "windows", Author: "3"}, windows("10.0.17763.1"))
	web, err := s.open(s.index(append(slices.Clone(versions), again, s.image(v1.ConfigFile{OS: "linux"}, on("linux", "amd64")))...))
	require.NoError(t, err)
	require.Len(t, web.On(*on("windows", "amd64")), 2)

	p := shopPlan(t)
	p.images = map[string]*Image{
		"services.web.image": web,
		"services.db.image":  fakeImage(t, "postgres:17", "windows/amd64", "linux/amd64"),
	}
	for _, mode := range []Mode{Loose, Bundled} {
		p.Mode, p.Platforms = mode, []v1.Platform{*on("windows", "amd64")}
		built, spec, err := p.build()
		require.NoError(t, err)
		want := web.Root
		if mode == Bundled {
			for _, image := range spec.Images {
				if image.Image == web {
					require.Len(t, image.Roots, 1)
					want = image.Roots[0]
				}
			}
			require.Equal(t, versions, want.Listed())
		}
		composition := built.Compositions[0]
		require.Equal(t, "windows/amd64", composition.Platform.String())
		blobs, err := composition.Blobs()
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(blobs, func(c Content) bool {
			return bytes.Contains(c.Bytes, []byte("@"+want.Descriptor.Digest.String()))
		}))
	}
}

// TestNestedReadsAreBounded: nested indexes do not multiply the reads that are made
// concurrently, each of which may hold a large index in memory.
func TestNestedReadsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShapes(t)
		d := s.index(s.image(v1.ConfigFile{OS: "linux", Architecture: "amd64"}, nil))
		for range limits.ImageDepth {
			d = s.index(slices.Repeat([]v1.Descriptor{d}, 20)...)
		}
		var now, most atomic.Int64
		_, err := NewImage("registry.example.com/app:1", Content{Descriptor: d, Bytes: s.known[d.Digest]}, func(d v1.Descriptor) ([]byte, error) {
			defer now.Add(-1)
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Second)
			return s.read(d)
		})
		require.ErrorContains(t, err, "more than")
		require.LessOrEqual(t, most.Load(), int64(readsAtATime))
	})
}
