package action

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/transfer"
)

// annotationImageName is the annotation with containerd's name of an image in a layout.
//
// See https://github.com/containerd/containerd/blob/v2.0.0/core/images/annotations.go.
const annotationImageName = "io.containerd.image.name"

// A Saving is a package to write into a file: its content is known, but the
// blobs have not been read yet.
type Saving struct {
	// Package is the package to save.
	Package *artifact.Package
	// Size is the size of the content in bytes, without the overhead of an archive.
	Size int64
	// LeftBehind lists the referrers that are not saved; nil for none.
	LeftBehind *LeftBehind
	// Since is the digest reference of the package that has the omitted blobs, if any.
	Since string

	session *Session
	entries []v1.Descriptor
	all     collection
}

// SaveOptions configure a save.
type SaveOptions struct {
	// Tag is the package's tag in the file; empty for none.
	Tag string
	// Platforms, if any, are the only ones that are saved.
	Platforms []v1.Platform
	// Since, if set, is a package whose blobs are omitted: the target of the load has them.
	Since *Location
	// Following selects the referrers to save.
	Following Following
}

// PrepareSave finds everything a package needs: its compositions, the image that it is attached
// to, and its images, including those in other repositories.
func (s *Session) PrepareSave(ctx context.Context, at Location, options SaveOptions) (*Saving, error) {
	p, err := s.Fetch(ctx, at)
	if err != nil {
		return nil, err
	}
	n, err := s.needs(ctx, at, p, options.Platforms)
	if err != nil {
		return nil, err
	}
	v := &Saving{Package: n.built, session: s, entries: append([]v1.Descriptor{packageEntry(at, n.built, options.Tag)}, n.entries...)}
	along, stays, err := s.savedFollowers(ctx, at, p, n, options.Following)
	if err != nil {
		return nil, err
	}
	v.LeftBehind = leftBehind(at, p, stays)
	for _, f := range along {
		n.roots = append(n.roots, located{f.Descriptor, f.in})
		v.entries = append(v.entries, followerEntry(f))
	}
	if v.all, err = s.collect(ctx, n.roots); err != nil {
		return nil, err
	}
	for i, blob := range v.all.blobs {
		if _, err := n.made.BlobSize(ctx, blob.Digest); err == nil {
			v.all.blobs[i].in = n.made
		}
	}
	if options.Since != nil {
		if err := v.leaveOut(ctx, *options.Since); err != nil {
			return nil, err
		}
	}
	v.describedFirst()
	for _, m := range v.all.manifests {
		v.Size += m.Descriptor.Size
	}
	for _, blob := range v.all.blobs {
		v.Size += blob.Size
	}
	return v, nil
}

// leaveOut omits the blobs that another package has, and records this in index.json.
func (v *Saving) leaveOut(ctx context.Context, since Location) error {
	d, err := since.Store.Lookup(ctx, since.Ref)
	if err != nil {
		return err
	}
	roots := []located{{d, since.Store}}
	if p, err := v.session.Fetch(ctx, Location{since.Store, d.Digest.String()}); err == nil {
		n, err := v.session.needs(ctx, since, p, nil)
		if err != nil {
			return err
		}
		roots = n.roots
	}
	there, err := v.session.collect(ctx, roots)
	if err != nil {
		return err
	}
	has := map[v1.Hash]bool{}
	for _, blob := range there.blobs {
		has[blob.Digest] = true
	}
	files := v.files() // small, and others where it was loaded, because they name their repository
	v.all.blobs = slices.DeleteFunc(v.all.blobs, func(blob located) bool { return has[blob.Digest] && !files[blob.Digest] })
	if v.entries[0].Annotations == nil {
		v.entries[0].Annotations = map[string]string{}
	}
	v.Since = digestName(since.Store, d.Digest)
	v.entries[0].Annotations[artifact.AnnotationSince] = v.Since
	return nil
}

// packageEntry returns the package's entry in index.json.
func packageEntry(at Location, p *artifact.Package, tag string) v1.Descriptor {
	d := identity(p.Content().Descriptor)
	d.ArtifactType = artifact.TypeOf(p.Content())
	if tag != "" {
		d.Annotations = map[string]string{ocispec.AnnotationRefName: tag}
		if r, ok := at.Store.(*store.Registry); ok {
			d.Annotations[annotationImageName] = r.Name() + ":" + tag
		}
	}
	return d
}

// imageEntry returns an image's entry in index.json, with its name.
func imageEntry(d v1.Descriptor, name string) v1.Descriptor {
	d = identity(d)
	d.Annotations = map[string]string{
		ocispec.AnnotationRefName: name, annotationImageName: name, artifact.AnnotationImageRef: name,
	}
	return d
}

// taggedEntry returns the entry in index.json of an index that has its own tag in a registry.
func taggedEntry(d v1.Descriptor) v1.Descriptor {
	entry := identity(d)
	entry.Annotations = map[string]string{ocispec.AnnotationRefName: manifestTag(d.Digest), artifact.AnnotationImageRef: d.Annotations[artifact.AnnotationImageRef]}
	return entry
}

// followerEntry returns a referrer's entry in index.json.
func followerEntry(f follower) v1.Descriptor {
	d := identity(f.Descriptor)
	if d.ArtifactType = f.ArtifactType; artifact.IsType(d.ArtifactType) {
		d.ArtifactType = "" // it is not the package that the file is for
	}
	if f.tag != "" {
		d.Annotations = map[string]string{ocispec.AnnotationRefName: f.tag}
	}
	return d
}

// identity returns a descriptor without the annotations of its source.
func identity(d v1.Descriptor) v1.Descriptor {
	return v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}
}

// describedFirst puts the files of compositions before all other blobs, so that a reader of the
// stream knows the purpose of each blob.
func (v *Saving) describedFirst() {
	files := v.files()
	slices.SortStableFunc(v.all.blobs, func(a, b located) int {
		switch {
		case files[a.Digest] == files[b.Digest]:
			return 0
		case files[a.Digest]:
			return -1
		}
		return 1
	})
}

// files returns the blobs of the compositions, except large files.
func (v *Saving) files() map[v1.Hash]bool {
	files := map[v1.Hash]bool{}
	for _, c := range v.Package.Compositions {
		files[c.Manifest.Config.Digest] = true
		for _, l := range c.Manifest.Layers {
			if l.MediaType != artifact.ExtraFileType {
				files[l.Digest] = true
			}
		}
	}
	return files
}

// WriteArchive writes a tar file. The same package gives the same bytes.
func (v *Saving) WriteArchive(ctx context.Context, w io.Writer) error {
	index, err := json.MarshalIndent(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: v.entries}, "", "  ")
	if err != nil {
		return err
	}
	a, err := archive.NewWriter(w, append(index, '\n'))
	if err != nil {
		return err
	}
	for _, m := range v.all.manifests {
		if err := a.WriteBlob(m.Descriptor, bytes.NewReader(m.Bytes)); err != nil {
			return err
		}
	}
	err = inOrder(ctx, v.session.client.Jobs(), v.all.blobs, func(blob located, open store.Opener) error {
		content, err := open(ctx)
		if err != nil {
			return err
		}
		defer content.Close()
		v.session.tell(transfer.BlobSending, blob.Descriptor)
		if err := a.WriteBlob(blob.Descriptor, content); err != nil {
			return err
		}
		v.session.tell(transfer.BlobSent, blob.Descriptor)
		return nil
	})
	if err != nil {
		return err
	}
	return a.Close()
}

// WriteLayout writes into a folder and keeps its content: existing blobs are not read.
func (v *Saving) WriteLayout(ctx context.Context, to *store.Layout) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(max(v.session.client.Jobs(), 1))
	for _, blob := range v.all.blobs {
		group.Go(func() error {
			return v.session.copier.CopyBlob(gctx, blob.in, blob.Descriptor, to)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, m := range v.all.manifests {
		if err := to.Write(ctx, m, ""); err != nil {
			return err
		}
		v.session.tell(transfer.ManifestSent, m.Descriptor)
	}
	return to.List(v.entries)
}
