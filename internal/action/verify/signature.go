package verify

import (
	"context"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/signature"
	"github.com/ocompose/ocompose/internal/store"
)

// fileScope is the repository that selects the trust policy for packages in files. The file's own
// metadata is not used, because a file could otherwise select its policy.
const fileScope = "local/file"

// CheckSignature checks that a package is signed as a policy requires, and returns its location by
// digest, so that later reads get what was checked. scope is the repository that selects the
// trust policy; empty: the package's own, or local/file for a package in a file.
//
// It returns a [signature.Error] if the package is not signed as required, and an
// [artifact.NotCompositionError] for anything other than a package.
func CheckSignature(ctx context.Context, at session.Location, policy *signature.Policy, scope string) (session.Location, *report.Signature, error) {
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
