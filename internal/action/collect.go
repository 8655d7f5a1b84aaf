package action

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

// A collection is all that some manifests need, in an order that depends on nothing else:
// manifests after those that list them, and blobs by their digest.
type collection struct {
	manifests []store.Manifest
	blobs     []located
}

// A located descriptor is of a blob or manifest, with a store that has it.
type located struct {
	v1.Descriptor
	in store.Source
}

// collect reads the manifests below the roots, and finds all that they need.
func (s *Session) collect(ctx context.Context, roots []located) (collection, error) {
	var all collection
	seen, added := map[string]bool{}, map[v1.Hash]bool{}
	blobs := map[v1.Hash]located{}
	for depth := 0; len(roots) > 0; depth++ {
		level := slices.DeleteFunc(slices.Clone(roots), func(d located) bool {
			key := fmt.Sprintf("%s %d %s", d.Digest, d.Size, d.MediaType)
			again := seen[key]
			seen[key] = true
			return again
		})
		slices.SortFunc(level, func(a, b located) int { return compareDigests(a.Digest, b.Digest) })
		parts := make([]graph.Parts, len(level))
		read := make([]store.Manifest, len(level))
		group, gctx := errgroup.WithContext(ctx)
		group.SetLimit(s.atOnce())
		for i, d := range level {
			group.Go(func() (err error) {
				if err := s.budget.TakeManifest(depth); err != nil {
					return err
				}
				if read[i], err = s.copier.Manifest(gctx, d.in, d.Descriptor); err != nil {
					return err
				}
				if parts[i], err = graph.Of(read[i]); err != nil {
					return fmt.Errorf("reading %s: %w", digestName(d.in, d.Digest), err)
				}
				return s.budget.TakeBlobs(len(parts[i].Blobs))
			})
		}
		if err := group.Wait(); err != nil {
			return collection{}, err
		}
		roots = nil
		for i, d := range level {
			// Where descriptors differ, each was compared with the manifest.
			if added[d.Digest] {
				continue
			}
			added[d.Digest] = true
			all.manifests = append(all.manifests, read[i])
			for _, child := range parts[i].Manifests {
				roots = append(roots, located{child, d.in})
			}
			for _, blob := range parts[i].Blobs {
				if other, ok := blobs[blob.Digest]; ok && other.Size != blob.Size {
					return collection{}, fmt.Errorf("%s has the size %d in one place and %d in another", digestName(d.in, blob.Digest), other.Size, blob.Size)
				}
				if !graph.IsNonDistributable(blob) {
					blobs[blob.Digest] = located{blob, d.in}
				}
			}
		}
	}
	for _, blob := range blobs {
		all.blobs = append(all.blobs, blob)
	}
	slices.SortFunc(all.blobs, func(a, b located) int { return compareDigests(a.Digest, b.Digest) })
	return all, nil
}

func compareDigests(a, b v1.Hash) int {
	return cmp.Or(cmp.Compare(a.Algorithm, b.Algorithm), cmp.Compare(a.Hex, b.Hex))
}
