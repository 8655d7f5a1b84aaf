package referrers_test

import (
	"context"
	"encoding/json"
	"log"
	"net/http/httptest"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/referrers"
)

// startRegistry starts a registry for an example and returns its host.
func startRegistry(opts ...registry.Option) (host string, stop func()) {
	handler, err := registry.New(opts...)
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(handler)
	return server.Listener.Addr().String(), func() {
		server.Close()
		if err := handler.Close(); err != nil {
			log.Fatal(err)
		}
	}
}

// rawManifest implements the interface that ggcr requires to put a manifest.
type rawManifest struct {
	raw       []byte
	mediaType types.MediaType
}

func (m rawManifest) RawManifest() ([]byte, error)        { return m.raw, nil }
func (m rawManifest) MediaType() (types.MediaType, error) { return m.mediaType, nil }

// encode returns v as JSON.
func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		log.Fatal(err)
	}
	return raw
}

// put puts a manifest under a tag and returns it by digest.
func put(tag name.Tag, m rawManifest) name.Digest {
	if err := ggcr.Put(tag, m); err != nil {
		log.Fatal(err)
	}
	desc, err := ggcr.Head(tag)
	if err != nil {
		log.Fatal(err)
	}
	return tag.Context().Digest(desc.Digest.String())
}

// pushImage pushes an image to a repository, and referrers of some artifact types to it.
func pushImage(repository string, artifactTypes ...string) name.Digest {
	tag, err := name.NewTag(repository + ":image")
	if err != nil {
		log.Fatal(err)
	}
	if err := ggcr.WriteLayer(tag.Context(), static.NewLayer([]byte("{}"), types.OCIEmptyJSON)); err != nil {
		log.Fatal(err)
	}
	image := put(tag, rawManifest{encode(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: emptyConfig(), Layers: []v1.Descriptor{},
	}), types.OCIManifestSchema1})
	attach(image, artifactTypes...)
	return image
}

// pushIndex pushes an index of one image under a tag, and referrers to it.
func pushIndex(child name.Digest, tag string, artifactTypes ...string) name.Digest {
	desc, err := ggcr.Head(child)
	if err != nil {
		log.Fatal(err)
	}
	index := put(child.Context().Tag(tag), rawManifest{encode(v1.IndexManifest{
		SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{*desc},
	}), types.OCIImageIndex})
	attach(index, artifactTypes...)
	return index
}

// attach pushes referrers of some artifact types.
func attach(subject name.Digest, artifactTypes ...string) {
	for i, t := range artifactTypes {
		manifest := artifactManifest(subject, t, label(i))
		if _, err := referrers.New().Push(context.Background(), subject.Context(), types.OCIManifestSchema1, manifest); err != nil {
			log.Fatal(err)
		}
	}
}

// artifactManifest is a manifest of an artifact type that refers to subject.
func artifactManifest(subject name.Digest, artifactType string, labels ...string) []byte {
	desc, err := ggcr.Head(subject)
	if err != nil {
		log.Fatal(err)
	}
	m := v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: artifactType,
		Config: emptyConfig(), Layers: []v1.Descriptor{}, Subject: desc,
	}
	for _, l := range labels {
		m.Annotations = map[string]string{"org.example.label": l}
	}
	return encode(m)
}

// tags lists the tags of a repository.
func tags(repository string) []string {
	repo, err := name.NewRepository(repository)
	if err != nil {
		log.Fatal(err)
	}
	list, err := ggcr.List(repo)
	if err != nil {
		log.Fatal(err)
	}
	return list
}
