package publish

import (
	"context"
	"fmt"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/follow"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/store"
)

// PushOptions configure a push.
type PushOptions struct {
	// Tag is the tag of the package, or empty for none.
	Tag string
	// AlsoTags are further tags that point at it.
	AlsoTags []string
	// PortableTag is a tag for the portable composition alone, or the only one, for clients
	// without index support; empty for none.
	PortableTag string
	// TagImages gives every manifest of the package its own tag, for registries whose
	// cleanup deletes untagged manifests.
	TagImages bool
	// Repair checks everything, also below existing manifests: an existing root is
	// otherwise assumed to be complete, because roots are written last.
	Repair bool
	// Force moves the tag even if it points at something other than a composition.
	Force bool
	// Following selects the referrers to copy.
	Following follow.Following
	// Engine, if set, has images of a bundle that are in no registry.
	Engine *session.EngineImages
}

// A Pushed is the result of a push.
type Pushed struct {
	// Package is the pushed package.
	Package *artifact.Package
	// Spec is the specification it was built from.
	Spec artifact.Spec
	// Store is the store that has it.
	Store store.Target
	// Tag points at it, or is empty.
	Tag string
	// Options are those of the push.
	Options PushOptions
	// Fallback is set if the registry supports only OCI 1.0, and the package is one
	// portable manifest in that format.
	Fallback bool
	// Flat reports whether the registry rejected a nested index, so that the package's index
	// lists the manifests of images instead.
	Flat bool
	// LeftBehind lists the referrers that were not copied; nil for none.
	LeftBehind *follow.LeftBehind
}

// Reference returns the digest reference of the package.
func (p Pushed) Reference() string { return session.DigestName(p.Store, p.Package.Digest()) }

// Push resolves the images of a project, packages it and writes the package to a target.
// Images that can't be resolved are reported together.
//
// The tag moves last, when everything exists. An existing package is not
// written again. An interrupted push leaves no tag on an incomplete package, and the next
// push continues from there.
func Push(ctx context.Context, s *session.Session, target store.Target, project *compose.Project, options artifact.Options, push PushOptions) (Pushed, error) {
	p := NewPublisher(ctx, s, target, push)
	if err := p.checkTag(project, options.Repository); err != nil {
		return Pushed{}, err
	}
	lookUpTag := func() { p.pointsAt() } // while images are resolved; the result is kept
	r := session.Resolver{Session: s, Target: target, Engine: push.Engine, Ready: lookUpTag}
	images, err := r.ByPath(ctx, project.Images)
	if err != nil {
		return Pushed{}, err
	}
	if project, err = bundleIncludes(ctx, s, project, &options); err != nil {
		return Pushed{}, err
	}
	return p.PushProject(ctx, project, images, options)
}

// bundleIncludes adds the compositions that a bundled project includes to the package, and
// points the project's references at them.
func bundleIncludes(ctx context.Context, s *session.Session, project *compose.Project, options *artifact.Options) (*compose.Project, error) {
	if options.Mode != artifact.Bundled || len(project.Includes) == 0 {
		return project, nil
	}
	projects := []*compose.Project{project}
	included, err := s.BundleAllIncluded(ctx, nil, projects, options.Repository)
	options.Included = included
	return projects[0], err
}

// PushProject packages a project and writes the package. If the registry accepts only OCI 1.0
// manifests, a loose package is pushed in that format, as one portable manifest; anything
// else is [artifact.ErrLegacy]. If the registry rejects the package for another reason,
// nothing else is pushed: the error has its reason.
func (p Publisher) PushProject(ctx context.Context, project *compose.Project, images map[string]*artifact.Image, options artifact.Options) (Pushed, error) {
	spec, err := p.plan(project, images, options)
	if err != nil {
		return Pushed{}, err
	}
	built, err := p.buildAndWrite(ctx, spec)
	if p.flatHelps(ctx, err, spec) {
		return p.flat(ctx, project, images, options, err)
	}
	if err != nil && p.legacyOnly(ctx, err) {
		// A second rejection of the same content, after the OCI 1.0 form was accepted, is deliberate.
		built, err = p.buildAndWrite(ctx, spec)
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

// plan plans a package, and counts that.
func (p Publisher) plan(project *compose.Project, images map[string]*artifact.Image, options artifact.Options) (artifact.Spec, error) {
	p.session.Plans.Add(1)
	return artifact.NewSpec(project, images, options)
}
