package action

import (
	"context"
	"fmt"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/store"
)

// PushOptions say what a push leaves in the store besides the package.
type PushOptions struct {
	// Tag is the tag that the package gets, or empty for none.
	Tag string
	// AlsoTags are further tags that point at it.
	AlsoTags []string
	// PortableTag is a tag for the portable composition alone, or the only one, for clients
	// that take no index; empty for none.
	PortableTag string
	// TagImages gives every manifest of the package a tag of its own, for registries whose
	// clean-up takes what has none.
	TagImages bool
	// Repair looks at everything, also below what is there: a root that is there is
	// otherwise taken for complete, as roots are written last.
	Repair bool
	// Force replaces what is under the tag, also where that is no composition.
	Force bool
	// Following says which referrers go along.
	Following Following
}

// A Pushed is what a push made.
type Pushed struct {
	// Package is what is there now.
	Package *artifact.Package
	// Spec is what it was built from.
	Spec artifact.Spec
	// Store is where it is.
	Store store.Target
	// Tag points at it, or is empty.
	Tag string
	// Options are those of the push.
	Options PushOptions
	// Fallback tells that the registry takes OCI 1.0 only, and that the package is one
	// portable manifest in that form.
	Fallback bool
	// Flat tells that the registry refused an index in an index, and that the package's index
	// lists the manifests of images instead.
	Flat bool
	// LeftBehind tells what does not go along with a copy; nil for nothing.
	LeftBehind *LeftBehind
}

// Reference is the digest reference of the package.
func (p Pushed) Reference() string { return digestName(p.Store, p.Package.Digest()) }

// Push resolves the images of a project, packages it and writes the package to a target.
// Images that can't be resolved are reported together.
//
// The tag moves last, when everything is there. A package that is there already is not
// written again. Interrupted, a push leaves no tag on something incomplete, and the next
// one goes on from there.
func (s *Session) Push(ctx context.Context, target store.Target, project *compose.Project, options artifact.Options, push PushOptions) (Pushed, error) {
	p := newPublisher(ctx, s, target, push)
	if err := p.checkTag(project, options.Repository); err != nil {
		return Pushed{}, err
	}
	r := resolver{session: s, target: target, ready: func() { p.tagged() }}
	images, err := r.byPath(ctx, project.Images)
	if err != nil {
		return Pushed{}, err
	}
	if options.Mode == artifact.Bundled && len(project.Includes) > 0 {
		if project, options.Included, err = s.bundleIncluded(ctx, nil, project, options.Repository); err != nil {
			return Pushed{}, err
		}
	}
	return p.project(ctx, project, images, options)
}

// project packages a project and writes the package. Where the registry takes OCI 1.0
// manifests only, a loose package goes in that form, as the one portable manifest; anything
// else is [artifact.ErrLegacy]. A registry that refuses the package for another reason gets
// nothing else: the error has its reason.
func (p publisher) project(ctx context.Context, project *compose.Project, images map[string]*artifact.Image, options artifact.Options) (Pushed, error) {
	spec, err := p.session.spec(project, images, options)
	if err != nil {
		return Pushed{}, err
	}
	built, err := p.publish(ctx, spec)
	if p.flatHelps(ctx, err, spec) {
		return p.flat(ctx, project, images, options, err)
	}
	if err != nil && p.legacyOnly(ctx, err) {
		// A second refusal of the same content, after its twin was taken, is no accident.
		built, err = p.publish(ctx, spec)
		if isRefused(err) && !options.HasLegacy() {
			return Pushed{}, fmt.Errorf("%w: %w", artifact.ErrLegacy, err)
		}
		if isRefused(err) {
			return p.legacy(ctx, project, images, options)
		}
	}
	if err != nil {
		return Pushed{}, err
	}
	return Pushed{Package: built, Spec: spec, Store: p.target, Tag: p.options.Tag, Options: p.options}, nil
}

// A lookedUp is what a reference points at, once that is known; the zero Hash where it
// points at nothing. Whatever else is wrong shows, with a better reason, when writing.
type lookedUp func() v1.Hash

// lookup asks what a reference points at, the first time the answer is wanted; an empty one
// points at nothing.
func lookup(ctx context.Context, in store.Source, ref string) lookedUp {
	return sync.OnceValue(func() v1.Hash {
		if ref == "" {
			return v1.Hash{}
		}
		there, err := in.Lookup(ctx, ref)
		if err != nil {
			return v1.Hash{}
		}
		return there.Digest
	})
}
