package action

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/store"
)

// A ReplaceError tells that a tag is something else than a composition, which a package
// would replace.
type ReplaceError struct {
	// Ref is the tag's reference.
	Ref string
	// Is says what it is.
	Is string
	// Always tells that it is never replaced, also not with force.
	Always bool
}

func (e *ReplaceError) Error() string {
	return fmt.Sprintf("%s is %s: the composition would replace it", e.Ref, e.Is)
}

// checkTag refuses a tag that is an image of the project itself, before anything is asked.
func (p publisher) checkTag(project *compose.Project, repo name.Repository) error {
	if p.options.Tag == "" {
		return nil
	}
	tag := repo.Tag(p.options.Tag)
	for _, place := range project.Images {
		written, _, _ := strings.Cut(place.Ref, "@")
		ref, err := name.NewTag(written)
		if err == nil && ref.Name() == tag.Name() {
			return &ReplaceError{Ref: artifact.ReferenceName(tag), Is: fmt.Sprintf("an image of the project (service %q)", place.Service), Always: true}
		}
	}
	return nil
}

// checkReplaced refuses to move a tag away from something that is no composition, unless
// that is forced.
func (p publisher) checkReplaced(ctx context.Context, built *artifact.Package) error {
	now := p.tagged()
	if p.options.Force || now == (v1.Hash{}) || now == built.Digest() {
		return nil
	}
	ref := refName(p.target, p.options.Tag)
	m, err := p.target.Read(ctx, p.options.Tag)
	if store.IsNotFound(err) {
		return nil // it went away meanwhile
	}
	if err != nil {
		return fmt.Errorf("reading what %s is now: %w", ref, err)
	}
	if kind, isComposition := artifact.Kind(artifact.Content(m)); !isComposition {
		return &ReplaceError{Ref: ref, Is: kind}
	}
	return nil
}
