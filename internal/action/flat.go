package action

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
)

// flatHelps tells whether an error is the refusal of an index that lists indexes, as some
// registries refuse every such index. One that is taken without a tag was not refused for
// what it lists.
func (p publisher) flatHelps(ctx context.Context, err error, spec artifact.Spec) bool {
	var refused refusedError
	if !errors.As(err, &refused) || !refused.content.IsIndex() {
		return false
	}
	if !slices.ContainsFunc(spec.Listed, func(d v1.Descriptor) bool { return d.MediaType.IsIndex() }) {
		return false
	}
	return isRefused(p.writeByDigest(ctx, refused.content, false))
}

// flat packages a project again so that its index lists no indexes. Where that is refused
// too, the form was not the reason, and the first error stands.
func (p publisher) flat(ctx context.Context, project *compose.Project, images map[string]*artifact.Image, options artifact.Options, first error) (Pushed, error) {
	options.Flat = true
	spec, err := p.session.spec(project, images, options)
	if err != nil {
		return Pushed{}, err
	}
	built, err := p.publish(ctx, spec)
	if err != nil {
		return Pushed{}, first
	}
	return Pushed{Package: built, Spec: spec, Store: p.target, Tag: p.options.Tag, Options: p.options, Flat: true}, nil
}
