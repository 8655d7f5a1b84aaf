package artifact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/remote"
)

// A refusedError says that the registry refused a manifest for its form. That proves
// nothing yet about what the registry supports: see legacyOnly.
type refusedError struct {
	error
	content Content
}

func (e refusedError) Unwrap() error { return e.error }

// refused marks the error of putting a manifest where it is about the form of it.
func refused(err error, content Content) error {
	if err == nil || !remote.RefusesForm(err) {
		return err
	}
	return refusedError{err, content}
}

// legacyOnly tells whether the registry takes OCI 1.0 manifests only, given the error of
// a push to it: the manifest that it refused has a field of OCI 1.1, and the same manifest
// without those fields is taken. That one stays there without a tag.
//
// An index is not tried: where only that is refused, the compositions that it lists were
// taken with their artifactType before.
func (r *Remote) legacyOnly(ctx context.Context, repo name.Repository, err error) bool {
	var refused refusedError
	if !errors.As(err, &refused) {
		return false
	}
	twin, ok := legacyTwin(refused.content)
	if !ok {
		return false
	}
	_, err = r.client.PutManifest(ctx, byDigest(repo, twin), twin.Descriptor.MediaType, twin.Bytes)
	return err == nil
}

// legacyTwin is a manifest as OCI 1.0 has it: without artifactType and subject, marked by
// its config's media type. There is none of what has neither.
func legacyTwin(content Content) (Content, bool) {
	if !content.Descriptor.MediaType.IsImage() {
		return Content{}, false
	}
	var manifest v1.Manifest
	if err := json.Unmarshal(content.Bytes, &manifest); err != nil || manifest.ArtifactType == "" && manifest.Subject == nil {
		return Content{}, false
	}
	manifest.ArtifactType, manifest.Subject = "", nil
	manifest.Config.MediaType = LegacyConfigType
	twin, err := encode(manifest.MediaType, manifest)
	return twin, err == nil
}

// PushSpec builds a package and pushes it. Where the registry takes OCI 1.0 manifests
// only, a loose package goes in that form, as the one portable manifest; anything else is
// [ErrLegacy]. A registry that refuses the package for another reason gets nothing else:
// the error has its reason.
func (r *Remote) PushSpec(ctx context.Context, spec Spec, options PushOptions) (Pushed, error) {
	pushed, err := r.buildAndPush(ctx, spec, options)
	if err == nil || !r.legacyOnly(ctx, spec.Target, err) {
		return pushed, err
	}
	// A second refusal of the same content, after its twin was taken, is no accident.
	if pushed, err = r.buildAndPush(ctx, spec, options); err == nil || !isRefused(err) {
		return pushed, err
	}
	if spec.Mode == Bundled || spec.Subject != nil {
		return Pushed{}, fmt.Errorf("%w: %w", ErrLegacy, err)
	}
	spec.Legacy = true
	pushed, err = r.buildAndPush(ctx, spec, options)
	pushed.Fallback = err == nil
	return pushed, err
}

func isRefused(err error) bool {
	var refused refusedError
	return errors.As(err, &refused)
}
