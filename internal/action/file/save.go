// Package file saves compositions with their images to files and layouts, loads them, and serves them
// as a registry.
package file

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/follow"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/transfer"
)

// A Saving is a package to write into a file: its content is known, but the
// blobs have not been read yet.
type Saving struct {
	// Package is the package to save.
	Package *artifact.Package
	// Size is the size of the content in bytes, without the overhead of an archive.
	Size int64
	// LeftBehind lists the referrers that are not saved; nil for none.
	LeftBehind *follow.LeftBehind
	// Since is the digest reference of the package that has the omitted blobs, if any.
	Since string

	session *session.Session
	entries []v1.Descriptor
	all     session.Collection
}

// SaveOptions configure a save.
type SaveOptions struct {
	// Tag is the package's tag in the file; empty for none.
	Tag string
	// Platforms, if any, are the only ones that are saved.
	Platforms []v1.Platform
	// Since, if set, is a package whose blobs are omitted: the target of the load has them.
	Since *session.Location
	// Following selects the referrers to save.
	Following follow.Following
}

// PrepareSave finds everything a package needs: its compositions, the image that it is attached
// to, and its images, including those in other repositories.
func PrepareSave(ctx context.Context, s *session.Session, at session.Location, options SaveOptions) (*Saving, error) {
	p, err := s.Fetch(ctx, at)
	if err != nil {
		return nil, err
	}
	n, err := publish.ListNeeds(ctx, s, at, p, options.Platforms)
	if err != nil {
		return nil, err
	}
	v := &Saving{Package: n.Built, session: s, entries: append([]v1.Descriptor{packageEntry(at, n.Built, options.Tag)}, n.Entries...)}
	along, stays, err := publish.SavedFollowers(ctx, s, at, p, n, options.Following)
	if err != nil {
		return nil, err
	}
	v.LeftBehind = follow.NotCopied(at, p, stays)
	for _, f := range along {
		n.Roots = append(n.Roots, session.Located{Descriptor: f.Descriptor, In: f.In})
		v.entries = append(v.entries, followerEntry(f))
	}
	if v.all, err = s.Collect(ctx, n.Roots); err != nil {
		return nil, err
	}
	for i, blob := range v.all.Blobs {
		if _, err := n.Made.BlobSize(ctx, blob.Digest); err == nil {
			v.all.Blobs[i].In = n.Made
		}
	}
	if options.Since != nil {
		if err := v.leaveOut(ctx, *options.Since); err != nil {
			return nil, err
		}
	}
	v.describedFirst()
	for _, m := range v.all.Manifests {
		v.Size += m.Descriptor.Size
	}
	for _, blob := range v.all.Blobs {
		v.Size += blob.Size
	}
	return v, nil
}

// leaveOut omits the blobs that another package has, and records this in index.json.
func (v *Saving) leaveOut(ctx context.Context, since session.Location) error {
	d, err := since.Store.Lookup(ctx, since.Ref)
	if err != nil {
		return err
	}
	roots := []session.Located{{Descriptor: d, In: since.Store}}
	if p, err := v.session.Fetch(ctx, session.Location{Store: since.Store, Ref: d.Digest.String()}); err == nil {
		n, err := publish.ListNeeds(ctx, v.session, since, p, nil)
		if err != nil {
			return err
		}
		roots = n.Roots
	}
	there, err := v.session.Collect(ctx, roots)
	if err != nil {
		return err
	}
	has := map[v1.Hash]bool{}
	for _, blob := range there.Blobs {
		has[blob.Digest] = true
	}
	files := v.files() // small, or different after a load, because they contain the repository
	v.all.Blobs = slices.DeleteFunc(v.all.Blobs, func(blob session.Located) bool { return has[blob.Digest] && !files[blob.Digest] })
	if v.entries[0].Annotations == nil {
		v.entries[0].Annotations = map[string]string{}
	}
	v.Since = session.DigestName(since.Store, d.Digest)
	v.entries[0].Annotations[artifact.AnnotationSince] = v.Since
	return nil
}

// packageEntry returns the package's entry in index.json.
func packageEntry(at session.Location, p *artifact.Package, tag string) v1.Descriptor {
	d := session.Identity(p.Content().Descriptor)
	d.ArtifactType = artifact.TypeOf(p.Content())
	if tag != "" {
		d.Annotations = map[string]string{ocispec.AnnotationRefName: tag}
		if r, ok := at.Store.(*store.Registry); ok {
			d.Annotations[session.AnnotationImageName] = r.Name() + ":" + tag
		}
	}
	return d
}

// followerEntry returns a referrer's entry in index.json.
func followerEntry(f follow.Follower) v1.Descriptor {
	d := session.Identity(f.Descriptor)
	if d.ArtifactType = f.ArtifactType; artifact.IsType(d.ArtifactType) {
		d.ArtifactType = "" // it is not the package that the file is for
	}
	if f.Tag != "" {
		d.Annotations = map[string]string{ocispec.AnnotationRefName: f.Tag}
	}
	return d
}

// describedFirst puts the files of compositions before all other blobs, so that a reader of the
// stream knows the purpose of each blob.
func (v *Saving) describedFirst() {
	files := v.files()
	slices.SortStableFunc(v.all.Blobs, func(a, b session.Located) int {
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
	for _, m := range v.all.Manifests {
		if err := a.WriteBlob(m.Descriptor, bytes.NewReader(m.Bytes)); err != nil {
			return err
		}
	}
	err = session.InOrder(ctx, v.session.Client.Jobs(), v.all.Blobs, func(blob session.Located, open store.Opener) error {
		v.session.Tell(transfer.BlobSending, blob.Descriptor)
		err := saveBlob(ctx, a, blob, open)
		var local *archive.WriteError
		switch {
		case errors.As(err, &local):
			return local
		case err != nil:
			return fmt.Errorf("reading %s: %w", session.DigestName(blob.In, blob.Digest), err)
		}
		v.session.Tell(transfer.BlobSent, blob.Descriptor)
		return nil
	})
	if err != nil {
		return err
	}
	return a.Close()
}

// saveBlob writes a blob to an archive.
func saveBlob(ctx context.Context, to *archive.Writer, blob session.Located, open store.Opener) error {
	content, err := open(ctx)
	if err != nil {
		return err
	}
	defer content.Close()
	return to.WriteBlob(blob.Descriptor, content)
}

// WriteLayout writes into a folder and keeps its content: existing blobs are not read.
func (v *Saving) WriteLayout(ctx context.Context, to *store.Layout) error {
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(max(v.session.Client.Jobs(), 1))
	for _, blob := range v.all.Blobs {
		group.Go(func() error {
			return v.session.Copier.CopyBlob(gctx, blob.In, blob.Descriptor, to)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, m := range v.all.Manifests {
		if err := to.Write(ctx, m, ""); err != nil {
			return err
		}
		v.session.Tell(transfer.ManifestSent, m.Descriptor)
	}
	return to.List(v.entries)
}
