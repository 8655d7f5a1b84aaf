package action

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/store"
)

// A Following selects the referrers that are copied with a package: signatures, SBOMs and so on.
// The zero value selects those of the package and of its compositions.
type Following struct {
	// None copies no referrers.
	None bool
	// All also copies those of the images.
	All bool
	// Types, if any, are the artifact types to copy, also of the images.
	Types []string
}

// images reports whether referrers of images are copied.
func (f Following) images() bool { return f.All || len(f.Types) > 0 }

// takes reports whether a referrer is copied.
func (f Following) takes(d v1.Descriptor) bool {
	return len(f.Types) == 0 || slices.Contains(f.Types, d.ArtifactType)
}

// followDepth is the maximum depth of referrers of referrers.
const followDepth = 4

// A follower is a referrer that is copied with its subject.
type follower struct {
	v1.Descriptor
	// in is the store that has it.
	in store.Store
	// root is what it refers to, directly or through others.
	root v1.Hash
	// tag is the tag under which older clients find it, if it has no subject.
	tag string
}

// signatureTags are the suffixes of tags under which cosign finds what belongs to a digest.
//
// See https://github.com/sigstore/cosign/blob/v2.4.0/specs/SIGNATURE_SPEC.md#tag-based-discovery.
var signatureTags = []string{".sig", ".att", ".sbom"}

// signatureTag returns the tag of what belongs to a digest.
func signatureTag(digest v1.Hash, suffix string) string {
	return digest.Algorithm + "-" + digest.Hex + suffix
}

// A subject is a manifest whose followers are searched.
type subject struct {
	digest, root v1.Hash
	// byTag also searches followers that only have a tag.
	byTag bool
}

// followers finds the referrers of some digests, recursively, in an order in which each
// comes after its subject.
func (s *Session) followers(ctx context.Context, in store.Store, subjects []subject, which Following) ([]follower, error) {
	var all []follower
	seen := map[v1.Hash]bool{}
	for _, s := range subjects {
		seen[s.digest] = true
	}
	for depth := 0; depth < followDepth && len(subjects) > 0; depth++ {
		found := make([][]follower, len(subjects))
		group, gctx := errgroup.WithContext(ctx)
		group.SetLimit(4 * s.client.Jobs())
		for i, subject := range subjects {
			group.Go(func() (err error) {
				found[i], err = s.following(gctx, in, subject, which)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		subjects = nil
		for _, f := range slices.Concat(found...) {
			if !seen[f.Digest] {
				seen[f.Digest] = true
				all = append(all, f)
				subjects = append(subjects, subject{digest: f.Digest, root: f.root})
			}
		}
	}
	return all, nil
}

// following finds the referrers of one digest.
func (s *Session) following(ctx context.Context, in store.Store, of subject, which Following) ([]follower, error) {
	attached, err := in.Attached(ctx, of.digest)
	if err != nil {
		return nil, fmt.Errorf("listing the referrers of %s: %w", digestName(in, of.digest), err)
	}
	var found []follower
	for _, d := range attached {
		if which.takes(d) {
			found = append(found, follower{Descriptor: d, in: in, root: of.root})
		}
	}
	if !of.byTag || len(which.Types) > 0 { // followers that only have a tag have no type
		return found, nil
	}
	tagged := make([]*follower, len(signatureTags))
	group, ctx := errgroup.WithContext(ctx)
	for i, suffix := range signatureTags {
		group.Go(func() error {
			tag := signatureTag(of.digest, suffix)
			d, err := in.Lookup(ctx, tag)
			if store.IsNotFound(err) {
				return nil
			}
			tagged[i] = &follower{Descriptor: d, in: in, root: of.root, tag: tag}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, f := range tagged {
		if f != nil {
			found = append(found, *f)
		}
	}
	return found, nil
}

// subjectsOf returns the package and its compositions.
func subjectsOf(p *artifact.Package) []subject {
	all := []subject{{digest: p.Digest(), root: p.Digest(), byTag: true}}
	if p.IsIndex() {
		for _, c := range p.Compositions {
			all = append(all, subject{digest: c.Descriptor.Digest, root: c.Descriptor.Digest})
		}
	}
	return all
}

// imageFollowers finds the referrers of images, and of their manifests, but not those of
// a package or its parts.
func (s *Session) imageFollowers(ctx context.Context, images []located, but []subject, which Following) ([]follower, error) {
	var all []follower
	for _, image := range images {
		in, ok := image.in.(store.Store)
		if !ok {
			continue
		}
		below, err := s.collect(ctx, []located{image})
		if err != nil {
			return nil, err
		}
		var subjects []subject
		for _, m := range below.manifests {
			subjects = append(subjects, subject{digest: m.Descriptor.Digest, root: m.Descriptor.Digest, byTag: true})
		}
		found, err := s.followers(ctx, in, subjects, which)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			own := func(s subject) bool { return s.digest == f.Digest || s.digest == f.root }
			if !slices.ContainsFunc(but, own) {
				all = append(all, f)
			}
		}
	}
	return all, nil
}

// rootsIn returns the images of a package with their stores.
func (s *Session) rootsIn(images []artifact.BundledImage, from store.Source) []located {
	var all []located
	for _, image := range images {
		for _, root := range image.Roots {
			all = append(all, located{root.Descriptor, s.storeOf(image.Image, from)})
		}
	}
	return all
}

// A LeftBehind reports that referrers of a package are not copied, because the package
// has another digest at the target.
type LeftBehind struct {
	// Subject is the digest reference of the package that they refer to.
	Subject string
	// Types are the artifact types of the referrers; "" for those without one.
	Types []string
}

// String describes the referrers that are not copied.
func (l LeftBehind) String() string {
	var kinds []string
	for _, t := range l.Types {
		kinds = append(kinds, cmp.Or(t, "no type"))
	}
	return fmt.Sprintf("%d referrers of %s are not copied, because the copy has another digest: %s",
		len(l.Types), l.Subject, listSome(slices.Compact(slices.Sorted(slices.Values(kinds)))))
}

// leftBehind returns the referrers of a package that are not copied.
func leftBehind(src Location, p *artifact.Package, stays []follower) *LeftBehind {
	if len(stays) == 0 {
		return nil
	}
	l := &LeftBehind{Subject: digestName(src.Store, p.Digest())}
	for _, f := range stays {
		l.Types = append(l.Types, f.ArtifactType)
	}
	return l
}
