package artifact

import (
	"fmt"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/limits"
)

// readsAtATime limits the indexes, manifests and configs that are read concurrently.
const readsAtATime = 4

// annotationReference is BuildKit's mark for attestations in an index.
//
// See https://github.com/moby/buildkit/blob/v0.20.0/docs/attestations/attestation-storage.md.
const annotationReference = "vnd.docker.reference.type"

// A ReadFunc reads the content of a descriptor, and checks its size and digest. It is
// called concurrently.
type ReadFunc func(v1.Descriptor) ([]byte, error)

// NewImage parses the index or manifest that a reference resolved to, whose digest the
// caller has checked. The name is the full reference, for display. NewImage calls read for
// nested indexes, and for manifests and configs if the index does not give the platform.
//
// It fails if root is neither an image nor an index, and returns [ErrComposition] for a
// composition.
func NewImage(name string, root Content, read ReadFunc) (*Image, error) {
	if _, isComposition := Kind(root); isComposition {
		return nil, ErrComposition
	}
	image := &Image{Name: name, Origin: name, Root: root}
	r := imageReader{read: read}
	if root.IsIndex() {
		var err error
		image.Manifests, err = r.index(root.Bytes, nil, 0)
		if err != nil {
			return nil, fmt.Errorf("its index can't be read: %w", err)
		}
		image.nested = r.nested
		return image, nil
	}
	if !root.Descriptor.MediaType.IsImage() {
		return nil, fmt.Errorf("its media type %q is not an image", root.Descriptor.MediaType)
	}
	platform, err := r.platform(root.Bytes)
	if err != nil || platform == nil {
		return image, err
	}
	self := root.Descriptor
	self.Platform = platform
	image.Manifests = []v1.Descriptor{self}
	return image, nil
}

// An imageReader finds the manifests of one image.
type imageReader struct {
	read ReadFunc

	mu        sync.Mutex
	reads     int
	manifests int
	platforms map[string]bool
	nested    bool
}

// index returns the image manifests of an index and its nested indexes. Manifests without a
// platform inherit that of the index, if it has one.
func (r *imageReader) index(raw []byte, of *v1.Platform, depth int) ([]v1.Descriptor, error) {
	var index v1.IndexManifest
	if err := limits.Decode(raw, &index); err != nil {
		return nil, err
	}
	found := make([][]v1.Descriptor, len(index.Manifests))
	var group errgroup.Group
	group.SetLimit(readsAtATime)
	for i, d := range index.Manifests {
		if d.Platform == nil {
			d.Platform = of
		}
		if runsNowhere(d) {
			continue
		}
		read := func() (err error) {
			found[i], err = r.entry(d, depth)
			return err
		}
		// An entry with a platform needs no request. Nested indexes are read one after the other,
		// so that a deep image does not multiply the concurrent reads.
		if d.MediaType.IsImage() && d.Platform != nil || depth > 0 {
			if err := read(); err != nil {
				_ = group.Wait() // no read outlives the call; err is the reason
				return nil, err
			}
			continue
		}
		group.Go(read)
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var all []v1.Descriptor
	for _, some := range found {
		all = append(all, some...)
	}
	return all, nil
}

// runsNowhere reports whether an entry of an index is an attestation, or another artifact
// without a platform.
func runsNowhere(d v1.Descriptor) bool {
	if d.Platform == nil && !d.MediaType.IsIndex() && d.ArtifactType != "" {
		return !isImageConfig(types.MediaType(d.ArtifactType)) // the library writes it for images too
	}
	return isUnknown(d.Platform) || d.Annotations[annotationReference] != ""
}

// isImageConfig reports whether a media type is that of a container image's config.
func isImageConfig(t types.MediaType) bool {
	return t == types.OCIConfigJSON || t == types.DockerConfigJSON
}

// entry returns the image manifests of an index entry: itself, or those of a nested index.
func (r *imageReader) entry(d v1.Descriptor, depth int) ([]v1.Descriptor, error) {
	switch {
	case d.MediaType.IsIndex():
		if depth++; depth > limits.ImageDepth {
			return nil, &limits.Error{What: "levels of indexes", Limit: limits.ImageDepth}
		}
		raw, err := r.content(d)
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		r.nested = true
		r.mu.Unlock()
		return r.index(raw, d.Platform, depth)
	case !d.MediaType.IsImage():
		return nil, nil
	case d.Platform == nil:
		raw, err := r.content(d)
		if err != nil {
			return nil, err
		}
		if d.Platform, err = r.platform(raw); err != nil || d.Platform == nil {
			return nil, err
		}
	case !platformForm.MatchString(d.Platform.String()):
		return nil, nil
	}
	platform := normalizeVersioned(*d.Platform)
	if err := r.count(platform); err != nil {
		return nil, err
	}
	d.Platform = &platform
	return []v1.Descriptor{d}, nil
}

// count counts a manifest and its platform.
func (r *imageReader) count(p v1.Platform) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.manifests++; r.manifests > limits.ImageManifests {
		return &limits.Error{What: "manifests", Limit: limits.ImageManifests}
	}
	if r.platforms == nil {
		r.platforms = map[string]bool{}
	}
	if r.platforms[withoutVersion(p).String()] = true; len(r.platforms) > limits.Platforms {
		return &limits.Error{What: "platforms", Limit: limits.Platforms}
	}
	return nil
}

// content reads the content of a descriptor.
func (r *imageReader) content(d v1.Descriptor) ([]byte, error) {
	r.mu.Lock()
	r.reads++
	reads := r.reads
	r.mu.Unlock()
	if reads > limits.ImageReads {
		return nil, &limits.Error{What: "manifests that do not say their platform", Limit: limits.ImageReads}
	}
	return r.read(d)
}

// platform reads the platform of an image manifest from its config. It returns nil if the
// manifest is not a container image, or has no platform.
func (r *imageReader) platform(raw []byte) (*v1.Platform, error) {
	var manifest struct {
		Config v1.Descriptor `json:"config"`
	}
	if err := limits.Decode(raw, &manifest); err != nil {
		return nil, fmt.Errorf("its manifest can't be read: %w", err)
	}
	if !isImageConfig(manifest.Config.MediaType) {
		return nil, nil
	}
	if manifest.Config.Size > limits.Config {
		return nil, fmt.Errorf("its config can't be read: %w", &limits.Error{What: "bytes", Limit: limits.Config})
	}
	content, err := r.read(manifest.Config)
	if err != nil {
		return nil, fmt.Errorf("its config can't be read: %w", err)
	}
	var config v1.Platform // the other fields are not needed
	if err := limits.Decode(content, &config); err != nil {
		return nil, fmt.Errorf("its config can't be read: %w", err)
	}
	platform := normalizeVersioned(v1.Platform{
		OS: config.OS, Architecture: config.Architecture, Variant: config.Variant, OSVersion: config.OSVersion, OSFeatures: config.OSFeatures,
	})
	if !platformForm.MatchString(platform.String()) {
		return nil, nil
	}
	return &platform, nil
}

// normalizeVersioned is [Normalize], but keeps the OS version.
func normalizeVersioned(p v1.Platform) v1.Platform {
	n := Normalize(p)
	n.OSVersion, n.OSFeatures = p.OSVersion, p.OSFeatures
	return n
}
