// Package follow finds referrers that are copied with their subjects: signatures, SBOMs and
// attestations.
package follow

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/session"
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

// Images reports whether referrers of images are copied.
func (f Following) Images() bool { return f.All || len(f.Types) > 0 }

// takes reports whether a referrer is copied.
func (f Following) takes(d v1.Descriptor) bool {
	return len(f.Types) == 0 || slices.Contains(f.Types, d.ArtifactType)
}

// followDepth is the maximum depth of referrers of referrers.
const followDepth = 4

// A Follower is a referrer that is copied with its subject.
type Follower struct {
	v1.Descriptor
	// In is the store that has it.
	In store.Store
	// Root is the package or image that it refers to, directly or through others.
	Root v1.Hash
	// Tag is the tag under which older clients find it, if it has no subject.
	Tag string
}

// signatureTags are the suffixes of tags under which cosign finds the signatures, attestations
// and SBOMs of a digest.
//
// See https://github.com/sigstore/cosign/blob/v2.4.0/specs/SIGNATURE_SPEC.md#tag-based-discovery.
var signatureTags = []string{".sig", ".att", ".sbom"}

// SignatureTag returns the cosign tag of a digest with a suffix.
func SignatureTag(digest v1.Hash, suffix string) string {
	return digest.Algorithm + "-" + digest.Hex + suffix
}

// A Subject is a manifest whose followers are searched.
type Subject struct {
	Digest, root v1.Hash
	// byTag also searches followers that only have a tag.
	byTag bool
}

// Followers finds the referrers of some digests, recursively, in an order in which each
// comes after its subject.
func Followers(ctx context.Context, s *session.Session, in store.Store, subjects []Subject, which Following) ([]Follower, error) {
	var all []Follower
	seen := map[v1.Hash]bool{}
	for _, s := range subjects {
		seen[s.Digest] = true
	}
	for depth := 0; depth < followDepth && len(subjects) > 0; depth++ {
		found := make([][]Follower, len(subjects))
		group, gctx := errgroup.WithContext(ctx)
		group.SetLimit(4 * s.Client.Jobs())
		for i, subject := range subjects {
			group.Go(func() (err error) {
				found[i], err = following(gctx, in, subject, which)
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
				subjects = append(subjects, Subject{Digest: f.Digest, root: f.Root})
			}
		}
	}
	return all, nil
}

// following finds the referrers of one digest.
func following(ctx context.Context, in store.Store, of Subject, which Following) ([]Follower, error) {
	attached, err := in.Attached(ctx, of.Digest)
	if err != nil {
		return nil, fmt.Errorf("listing the referrers of %s: %w", session.DigestName(in, of.Digest), err)
	}
	var found []Follower
	for _, d := range attached {
		if which.takes(d) {
			found = append(found, Follower{Descriptor: d, In: in, Root: of.root})
		}
	}
	if !of.byTag || len(which.Types) > 0 { // followers that only have a tag have no type
		return found, nil
	}
	tagged := make([]*Follower, len(signatureTags))
	group, ctx := errgroup.WithContext(ctx)
	for i, suffix := range signatureTags {
		group.Go(func() error {
			tag := SignatureTag(of.Digest, suffix)
			d, err := in.Lookup(ctx, tag)
			if store.IsNotFound(err) {
				return nil
			}
			tagged[i] = &Follower{Descriptor: d, In: in, Root: of.root, Tag: tag}
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

// SubjectsOf returns the package and its compositions.
func SubjectsOf(p *artifact.Package) []Subject {
	all := []Subject{{Digest: p.Digest(), root: p.Digest(), byTag: true}}
	if p.IsIndex() {
		for _, c := range p.Compositions {
			all = append(all, Subject{Digest: c.Descriptor.Digest, root: c.Descriptor.Digest})
		}
	}
	return all
}

// ImageFollowers finds the referrers of images, and of their manifests, but not those of
// a package or its parts.
func ImageFollowers(ctx context.Context, s *session.Session, images []session.Located, but []Subject, which Following) ([]Follower, error) {
	var all []Follower
	for _, image := range images {
		in, ok := image.In.(store.Store)
		if !ok {
			continue
		}
		below, err := s.Collect(ctx, []session.Located{image})
		if err != nil {
			return nil, err
		}
		var subjects []Subject
		for _, m := range below.Manifests {
			subjects = append(subjects, Subject{Digest: m.Descriptor.Digest, root: m.Descriptor.Digest, byTag: true})
		}
		found, err := Followers(ctx, s, in, subjects, which)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			own := func(s Subject) bool { return s.Digest == f.Digest || s.Digest == f.Root }
			if !slices.ContainsFunc(but, own) {
				all = append(all, f)
			}
		}
	}
	return all, nil
}

// RootsIn returns the images of a package with their stores.
func RootsIn(s *session.Session, images []artifact.BundledImage, from store.Source) []session.Located {
	var all []session.Located
	for _, image := range images {
		for _, root := range image.Roots {
			all = append(all, session.Located{Descriptor: root.Descriptor, In: s.StoreOf(image.Image, from)})
		}
	}
	return all
}

// A LeftBehind reports that referrers of a package are not copied, because the package has
// another digest at the target.
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
		len(l.Types), l.Subject, session.ListSome(slices.Compact(slices.Sorted(slices.Values(kinds)))))
}

// NotCopied returns the referrers of a package that are not copied.
func NotCopied(src session.Location, p *artifact.Package, stays []Follower) *LeftBehind {
	if len(stays) == 0 {
		return nil
	}
	l := &LeftBehind{Subject: session.DigestName(src.Store, p.Digest())}
	for _, f := range stays {
		l.Types = append(l.Types, f.ArtifactType)
	}
	return l
}
