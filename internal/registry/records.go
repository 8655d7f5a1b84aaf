package registry

import (
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// records fills a catalog with the records of a folder, whose manifests were accepted before.
type records struct{ catalog *catalog }

func (r records) Repository(name string) { r.catalog.at(name) }

func (r records) Blob(name string, digest v1.Hash, size int64) {
	r.catalog.at(name).blobs[digest] = size
	r.catalog.uses[digest]++
}

func (r records) Manifest(name string, digest v1.Hash, mediaType types.MediaType, raw []byte) error {
	m, err := parseManifest(mediaType, digest, raw)
	if err != nil {
		return errors.Join(errors.New("the manifest "+digest.String()+" is invalid"), err)
	}
	r.catalog.at(name).insert(m)
	r.catalog.uses[digest]++
	return nil
}

func (r records) Tag(name, tag string, digest v1.Hash) { r.catalog.at(name).tags[tag] = digest }
