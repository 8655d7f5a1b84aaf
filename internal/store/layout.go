package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/internal/remote"
)

// A Layout is an OCI image layout: a folder.
//
// See https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md.
type Layout struct {
	path layout.Path
	dir  string

	mu sync.Mutex // for what this process changes in index.json
}

// OpenLayout opens the image layout in a folder.
func OpenLayout(dir string) (*Layout, error) {
	path, err := layout.FromPath(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotFoundError{What: fmt.Sprintf("there is no image layout in %s", dir)}
	}
	if err != nil {
		return nil, fmt.Errorf("opening the image layout in %s: %w", dir, err)
	}
	return &Layout{path: path, dir: dir}, nil
}

// CreateLayout opens the image layout in a folder, or makes one where the folder is empty
// or missing.
func CreateLayout(dir string) (*Layout, error) {
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return OpenLayout(dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return nil, fmt.Errorf("making an image layout in %s: %w", dir, err)
	}
	return &Layout{path: path, dir: dir}, nil
}

// Name implements Source.
func (l *Layout) Name() string { return LayoutPrefix + l.dir }

// LayoutPrefix is how references to image layouts begin.
const LayoutPrefix = "oci-layout:"

// entries are the descriptors in index.json.
func (l *Layout) entries() ([]v1.Descriptor, error) {
	index, err := l.path.ImageIndex()
	if err != nil {
		return nil, fmt.Errorf("reading the image layout in %s: %w", l.dir, err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("reading the image layout in %s: %w", l.dir, err)
	}
	return manifest.Manifests, nil
}

// Lookup implements Source. An empty reference is the only entry of the layout, or the only
// one with a tag.
func (l *Layout) Lookup(ctx context.Context, ref string) (v1.Descriptor, error) {
	entries, err := l.entries()
	if err != nil {
		return v1.Descriptor{}, err
	}
	digest, err := v1.NewHash(ref)
	if err == nil {
		for _, d := range entries {
			if d.Digest == digest {
				return identity(d), nil
			}
		}
		m, err := l.readBlob(digest)
		return m.Descriptor, err
	}
	for _, d := range entries {
		if ref != "" && isTagged(d, ref) {
			return identity(d), nil
		}
	}
	if d, ok := only(entries); ok && ref == "" {
		return identity(d), nil
	}
	if ref == "" {
		return v1.Descriptor{}, &NotFoundError{What: fmt.Sprintf("the image layout in %s has several packages: name one of %s", l.dir, listTags(entries))}
	}
	return v1.Descriptor{}, &NotFoundError{What: fmt.Sprintf("the image layout in %s has no %q: it has %s", l.dir, ref, listTags(entries))}
}

// only returns the only entry, or else the only one with a tag.
func only(entries []v1.Descriptor) (v1.Descriptor, bool) {
	if len(entries) == 1 {
		return entries[0], true
	}
	untagged := func(d v1.Descriptor) bool { return d.Annotations[ocispec.AnnotationRefName] == "" }
	tagged := slices.DeleteFunc(slices.Clone(entries), untagged)
	if len(tagged) == 1 {
		return tagged[0], true
	}
	return v1.Descriptor{}, false
}

// identity is a descriptor without what the index says about it.
func identity(d v1.Descriptor) v1.Descriptor {
	return v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}
}

// isTagged tells whether an entry has a tag. Some programs write the whole reference.
func isTagged(d v1.Descriptor, tag string) bool {
	name := d.Annotations[ocispec.AnnotationRefName]
	return name == tag || strings.HasSuffix(name, ":"+tag) && strings.Contains(name, "/")
}

// Read implements Source.
func (l *Layout) Read(ctx context.Context, ref string) (Manifest, error) {
	d, err := l.Lookup(ctx, ref)
	if err != nil {
		return Manifest{}, err
	}
	m, err := l.readBlob(d.Digest)
	if err != nil {
		return Manifest{}, err
	}
	if d.Size != m.Descriptor.Size {
		return Manifest{}, fmt.Errorf("reading %s@%s: %w", l.Name(), d.Digest, &remote.SizeError{Want: d.Size, Got: m.Descriptor.Size})
	}
	m.Descriptor.MediaType = d.MediaType
	return m, nil
}

// readBlob reads a manifest by its digest alone.
func (l *Layout) readBlob(digest v1.Hash) (Manifest, error) {
	size, err := l.BlobSize(context.Background(), digest)
	if err != nil {
		return Manifest{}, err
	}
	if size > remote.MaxManifestSize {
		return Manifest{}, fmt.Errorf("reading %s@%s: it has %d bytes, more than a manifest may have", l.Name(), digest, size)
	}
	content, err := l.open(v1.Descriptor{Digest: digest, Size: size})
	if err != nil {
		return Manifest{}, err
	}
	defer content.Close()
	raw, err := io.ReadAll(content)
	if err != nil {
		return Manifest{}, fmt.Errorf("reading %s@%s: %w", l.Name(), digest, err)
	}
	mediaType, err := remote.MediaTypeOf(raw)
	return Manifest{Descriptor: v1.Descriptor{MediaType: mediaType, Digest: digest, Size: size}, Bytes: raw}, err
}

// BlobSize implements Source.
func (l *Layout) BlobSize(_ context.Context, digest v1.Hash) (int64, error) {
	info, err := os.Stat(l.blobPath(digest))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, &NotFoundError{What: fmt.Sprintf("%s@%s is not there", l.Name(), digest)}
	case err != nil:
		return 0, err
	case !info.Mode().IsRegular():
		return 0, fmt.Errorf("%s@%s is not a regular file", l.Name(), digest)
	}
	return info.Size(), nil
}

// OpenBlob implements Source.
func (l *Layout) OpenBlob(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	return l.open(d)
}

func (l *Layout) open(d v1.Descriptor) (io.ReadCloser, error) {
	content, err := os.Open(l.blobPath(d.Digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &NotFoundError{What: fmt.Sprintf("%s@%s is not there", l.Name(), d.Digest)}
	}
	if err != nil {
		return nil, err
	}
	return newVerifiedReader(content, d)
}

func (l *Layout) blobPath(digest v1.Hash) string {
	return filepath.Join(l.dir, "blobs", digest.Algorithm, digest.Hex)
}

// Tags implements Store.
func (l *Layout) Tags(context.Context) ([]string, error) {
	entries, err := l.entries()
	if err != nil {
		return nil, err
	}
	return tagsOf(entries), nil
}

func tagsOf(entries []v1.Descriptor) []string {
	var tags []string
	for _, d := range entries {
		if name := d.Annotations[ocispec.AnnotationRefName]; name != "" {
			tags = append(tags, name)
		}
	}
	return tags
}

func listTags(entries []v1.Descriptor) string {
	if tags := tagsOf(entries); len(tags) > 0 {
		return strings.Join(tags, ", ")
	}
	return fmt.Sprintf("%d manifests without a tag", len(entries))
}
