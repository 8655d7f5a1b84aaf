package action

import (
	"context"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/signature"
	"github.com/ocompose/ocompose/internal/store"
)

// fileScope is the repository by which a trust policy is chosen for what is in a file. What the
// file says of itself does not count, or it could choose its policy.
const fileScope = "local/file"

// CheckSignature checks that a package is signed as a policy asks, and returns where it is by its
// digest, so that what is read afterwards is what was checked. Scope is the repository by which
// a trust policy is chosen; empty: the package's own, or local/file for what is in a file.
//
// It returns a [signature.Error] where the package is not signed so, and an
// [artifact.NotCompositionError] for anything else than a package.
func (s *Session) CheckSignature(ctx context.Context, at Location, policy *signature.Policy, scope string) (Location, *report.Signature, error) {
	root, err := at.Store.Read(ctx, at.Ref)
	if err != nil {
		return at, nil, err
	}
	if _, err := artifact.Parse(at.String(), artifact.Content(root)); err != nil {
		return at, nil, err
	}
	if _, isRegistry := at.Store.(*store.Registry); scope == "" && isRegistry {
		scope = at.Store.Name()
	} else if scope == "" {
		scope = fileScope
	}
	result, err := policy.Check(ctx, signature.Signed{In: at.Store, Descriptor: root.Descriptor, Scope: scope})
	if err != nil {
		return at, nil, err
	}
	at.Ref = root.Descriptor.Digest.String()
	return at, &report.Signature{
		Policy: policy.Path(), Digest: result.Signature, Signer: result.Signer, Skipped: result.Skipped, Warnings: result.Warnings,
	}, nil
}
