package session

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/store"
)

// A Collection is the content that some manifests need, in a deterministic order:
// manifests after those that list them, and blobs by their digest.
type Collection struct {
	Manifests []store.Manifest
	Blobs     []Located
}

// A Located descriptor describes a blob or manifest, with a store that has it.
type Located struct {
	v1.Descriptor
	In store.Source
}

// Collect reads the manifests below the roots, and finds everything they need.
func (s *Session) Collect(ctx context.Context, roots []Located) (Collection, error) {
	var all Collection
	seen, added := map[string]bool{}, map[v1.Hash]bool{}
	blobs := map[v1.Hash]Located{}
	for depth := 0; len(roots) > 0; depth++ {
		level := slices.DeleteFunc(slices.Clone(roots), func(d Located) bool {
			key := fmt.Sprintf("%s %d %s", d.Digest, d.Size, d.MediaType)
			again := seen[key]
			seen[key] = true
			return again
		})
		slices.SortFunc(level, func(a, b Located) int { return CompareDigests(a.Digest, b.Digest) })
		parts := make([]graph.Parts, len(level))
		read := make([]store.Manifest, len(level))
		group, gctx := errgroup.WithContext(ctx)
		group.SetLimit(s.AtOnce())
		for i, d := range level {
			group.Go(func() (err error) {
				if err := s.Budget.TakeManifest(depth); err != nil {
					return err
				}
				if read[i], err = s.Copier.Manifest(gctx, d.In, d.Descriptor); err != nil {
					return err
				}
				if parts[i], err = graph.Of(read[i]); err != nil {
					return fmt.Errorf("reading %s: %w", DigestName(d.In, d.Digest), err)
				}
				return s.Budget.TakeBlobs(len(parts[i].Blobs))
			})
		}
		if err := group.Wait(); err != nil {
			return Collection{}, err
		}
		roots = nil
		for i, d := range level {
			// Where descriptors differ, each was compared with the manifest.
			if added[d.Digest] {
				continue
			}
			added[d.Digest] = true
			all.Manifests = append(all.Manifests, read[i])
			for _, child := range parts[i].Manifests {
				roots = append(roots, Located{child, d.In})
			}
			for _, blob := range parts[i].Blobs {
				if other, ok := blobs[blob.Digest]; ok && other.Size != blob.Size {
					return Collection{}, fmt.Errorf("%s is listed with size %d and with size %d", DigestName(d.In, blob.Digest), other.Size, blob.Size)
				}
				if !graph.IsNonDistributable(blob) {
					blobs[blob.Digest] = Located{blob, d.In}
				}
			}
		}
	}
	for _, blob := range blobs {
		all.Blobs = append(all.Blobs, blob)
	}
	slices.SortFunc(all.Blobs, func(a, b Located) int { return CompareDigests(a.Digest, b.Digest) })
	return all, nil
}

// CompareDigests orders digests by their text.
func CompareDigests(a, b v1.Hash) int {
	return cmp.Or(cmp.Compare(a.Algorithm, b.Algorithm), cmp.Compare(a.Hex, b.Hex))
}
