package program

import (
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/signature"
)

// CheckSignature checks the signature of a package if the --signature flag is given. It returns
// the location of the package, then by digest, and the signature; nil without the flag. For a
// package in a file, scope is the repository that selects the trust policy.
func (c Call) CheckSignature(at session.Location, scope string) (session.Location, *report.Signature, error) {
	path := c.Flags.String("signature")
	if path == "" {
		return at, nil, nil
	}
	policy, err := signature.Read(c.t.Path(path), signature.Cosign{Env: c.t.Environ, PlainHTTP: c.Flags.Bool("plain-http")})
	if err != nil {
		return at, nil, err
	}
	signed, found, err := verify.CheckSignature(c.Ctx, at, policy, scope)
	if err != nil {
		return at, nil, err
	}
	c.t.Warn(found.Warnings...)
	switch {
	case found.Skipped:
		c.t.Warn(path + " requires no signature here: none was checked")
	case found.Signer != "":
		c.t.Note("%s is signed by %s", signed, found.Signer)
	default:
		c.t.Note("%s is signed by the key %s", signed, path)
	}
	return signed, found, nil
}
