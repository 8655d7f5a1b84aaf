package publish

import (
	"context"
	"errors"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// A refusedError reports that the registry rejected a manifest as invalid. That proves
// nothing yet about the versions that the registry supports: see legacyOnly.
type refusedError struct {
	error
	content artifact.Content
}

func (e refusedError) Unwrap() error { return e.error }

// refused marks the error of writing a manifest if the manifest was rejected as invalid.
func refused(err error, content artifact.Content) error {
	if !remote.RefusesForm(err) {
		return err
	}
	return refusedError{err, content}
}

func isRefused(err error) bool {
	var refused refusedError
	return errors.As(err, &refused)
}

// legacyOnly reports whether the registry accepts only OCI 1.0 manifests, given the error of
// a push to it: the rejected manifest has a field of OCI 1.1, and the same manifest
// without those fields is accepted. That one stays there without a tag.
//
// An index is not tried: if only the index is rejected, the compositions that it lists were
// accepted with their artifactType before.
func (p Publisher) legacyOnly(ctx context.Context, err error) bool {
	var refused refusedError
	if !errors.As(err, &refused) {
		return false
	}
	twin, ok := artifact.LegacyTwin(refused.content)
	return ok && p.target.Write(ctx, store.Manifest(twin), "") == nil
}

// legacy packages a project in the OCI 1.0 format and writes the package.
func (p Publisher) legacy(ctx context.Context, project *compose.Project, images map[string]*artifact.Image, options artifact.Options) (Pushed, error) {
	options.Legacy = true
	spec, err := p.plan(project, images, options)
	if err != nil {
		return Pushed{}, err
	}
	built, err := p.buildAndWrite(ctx, spec)
	if err != nil {
		return Pushed{}, err
	}
	return Pushed{Package: built, Spec: spec, Store: p.target, Tag: p.options.Tag, Options: p.options, Fallback: true}, nil
}
