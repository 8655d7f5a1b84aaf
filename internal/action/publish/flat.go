package publish

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
)

// flatHelps reports whether an error is the rejection of an index that lists indexes, since some
// registries reject every such index. An index that is accepted without a tag was not rejected for
// its entries.
func (p Publisher) flatHelps(ctx context.Context, err error, spec artifact.Spec) bool {
	var refused refusedError
	if !errors.As(err, &refused) || !refused.content.IsIndex() {
		return false
	}
	if !slices.ContainsFunc(spec.Listed, func(d v1.Descriptor) bool { return d.MediaType.IsIndex() }) {
		return false
	}
	return isRefused(p.writeByDigest(ctx, refused.content, false))
}

// flat packages a project again with an index without nested indexes. If that is rejected
// too, nesting was not the reason, and the first error is returned.
func (p Publisher) flat(ctx context.Context, project *compose.Project, images map[string]*artifact.Image, options artifact.Options, first error) (Pushed, error) {
	options.Flat = true
	spec, err := p.plan(project, images, options)
	if err != nil {
		return Pushed{}, err
	}
	built, err := p.buildAndWrite(ctx, spec)
	if err != nil {
		return Pushed{}, first
	}
	return Pushed{Package: built, Spec: spec, Store: p.target, Tag: p.options.Tag, Options: p.options, Flat: true}, nil
}
