package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/filelock"
)

// WriteBlob implements Target. The library's function leaves a partial blob under
// its digest if it is interrupted.
func (l *Layout) WriteBlob(ctx context.Context, d v1.Descriptor, open Opener) error {
	content, err := open(ctx)
	if err != nil {
		return err
	}
	verified, err := Verified(content, d)
	if err != nil {
		return errors.Join(err, content.Close())
	}
	defer verified.Close()
	if err := writeFile(l.blobPath(d.Digest), contextReader{ctx, verified}); err != nil {
		return fmt.Errorf("writing %s@%s: %w", l.name, d.Digest, err)
	}
	return nil
}

// A contextReader fails when its context ends.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}

// writeFile writes a file atomically.
func writeFile(path string, content io.Reader) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".ocompose-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // once it is renamed, there is nothing to remove
	_, err = io.Copy(f, content)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// CopyBlob implements Target.
func (l *Layout) CopyBlob(ctx context.Context, from Source, d v1.Descriptor, sending func()) (Outcome, error) {
	return copyBytes(ctx, l, from, d, sending)
}

// Write implements Target. Without a tag, the manifest is stored by digest and not listed in
// index.json.
func (l *Layout) Write(ctx context.Context, m Manifest, tag string) error {
	if err := l.writeManifest(ctx, m); err != nil || tag == "" {
		return err
	}
	return l.change(func(entries []v1.Descriptor) []v1.Descriptor {
		entries = slices.DeleteFunc(entries, func(d v1.Descriptor) bool {
			return d.Annotations[ocispec.AnnotationRefName] == tag || d.Digest == m.Descriptor.Digest && d.Annotations[ocispec.AnnotationRefName] == ""
		})
		entry := identity(m.Descriptor)
		if _, isComposition := artifact.Kind(artifact.Content(m)); isComposition {
			entry.ArtifactType = artifact.TypeOf(artifact.Content(m))
		}
		entry.Annotations = map[string]string{ocispec.AnnotationRefName: tag}
		return append(entries, entry)
	})
}

// List adds entries to index.json, replacing those with the same tag or digest.
func (l *Layout) List(entries []v1.Descriptor) error {
	return l.change(func(before []v1.Descriptor) []v1.Descriptor {
		kept := slices.DeleteFunc(before, func(d v1.Descriptor) bool {
			return slices.ContainsFunc(entries, func(e v1.Descriptor) bool {
				tag := d.Annotations[ocispec.AnnotationRefName]
				return tag != "" && tag == e.Annotations[ocispec.AnnotationRefName] || tag == "" && d.Digest == e.Digest
			})
		})
		return append(kept, entries...)
	})
}

// Attach implements Target: the manifest becomes an entry of index.json, where
// referrers are found.
func (l *Layout) Attach(ctx context.Context, m Manifest) error {
	if err := l.writeManifest(ctx, m); err != nil {
		return err
	}
	return l.change(func(entries []v1.Descriptor) []v1.Descriptor {
		if slices.ContainsFunc(entries, func(d v1.Descriptor) bool { return d.Digest == m.Descriptor.Digest }) {
			return entries
		}
		return append(entries, identity(m.Descriptor))
	})
}

func (l *Layout) writeManifest(ctx context.Context, m Manifest) error {
	return l.WriteBlob(ctx, m.Descriptor, func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(m.Bytes)), nil
	})
}

// Untag implements Store. A manifest without another tag stays, untagged.
func (l *Layout) Untag(ctx context.Context, tag string) error {
	if _, err := l.Lookup(ctx, tag); err != nil {
		return err
	}
	return l.change(func(entries []v1.Descriptor) []v1.Descriptor {
		found, _ := tagged(entries, tag)
		written := found.Annotations[ocispec.AnnotationRefName]
		var kept []v1.Descriptor
		for _, d := range entries {
			if d.Annotations[ocispec.AnnotationRefName] == written {
				others := func(e v1.Descriptor) bool {
					return e.Digest == d.Digest && e.Annotations[ocispec.AnnotationRefName] != written
				}
				if slices.ContainsFunc(entries, others) {
					continue
				}
				d.Annotations = nil
			}
			kept = append(kept, d)
		}
		return kept
	})
}

// Delete implements Store.
func (l *Layout) Delete(_ context.Context, digest v1.Hash) error {
	if _, err := l.BlobSize(context.Background(), digest); err != nil {
		return err
	}
	err := l.change(func(entries []v1.Descriptor) []v1.Descriptor {
		return slices.DeleteFunc(entries, func(d v1.Descriptor) bool { return d.Digest == digest })
	})
	if err != nil {
		return err
	}
	return os.Remove(l.blobPath(digest))
}

// AbandonLayout removes the content of the layout in a folder if it lists nothing: of a new one that
// could not be completed. The folder stays.
func AbandonLayout(folder string) {
	dir, err := os.Open(folder)
	if err != nil {
		return
	}
	defer dir.Close()
	if entries, err := newLayout(folder).Entries(); err == nil && len(entries) > 0 || !filelock.Try(dir) {
		return
	}
	for _, name := range []string{"blobs", "index.json", "oci-layout"} {
		_ = os.RemoveAll(filepath.Join(folder, name))
	}
}

// change rewrites index.json, safely with other processes. Fields
// that the library does not know are kept.
func (l *Layout) change(edit func([]v1.Descriptor) []v1.Descriptor) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	dir, err := os.Open(l.dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := filelock.Wait(dir); err != nil {
		return fmt.Errorf("locking %s: %w", l.dir, err)
	}
	entries, err := l.Entries()
	if err != nil {
		return err
	}
	path := filepath.Join(l.dir, "index.json")
	raw, err := l.index()
	if err != nil {
		return err
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	if fields["manifests"], err = json.Marshal(append([]v1.Descriptor{}, edit(entries)...)); err != nil {
		return err
	}
	changed, err := json.MarshalIndent(fields, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, bytes.NewReader(append(changed, '\n')))
}
