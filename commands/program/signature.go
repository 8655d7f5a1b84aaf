package program

import (
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/signature"
)

// CheckSignature checks the signature of a package if the --signature flag is given. It returns
// where the package is, by its digest then, and what was found; nil without the flag. For what is
// in a file, scope is the repository by which a trust policy is chosen.
func (c Call) CheckSignature(at action.Location, scope string) (action.Location, *report.Signature, error) {
	path := c.Flags.String("signature")
	if path == "" {
		return at, nil, nil
	}
	policy, err := signature.Read(c.t.Path(path), signature.Cosign{Env: c.t.Environ, PlainHTTP: c.Flags.Bool("plain-http")})
	if err != nil {
		return at, nil, err
	}
	signed, found, err := c.Session.CheckSignature(c.Ctx, at, policy, scope)
	if err != nil {
		return at, nil, err
	}
	c.t.Warn(found.Warnings...)
	switch {
	case found.Skipped:
		c.t.Warn(path + " asks for no signature here: none was checked")
	case found.Signer != "":
		c.t.Note("%s is signed by %s", signed, found.Signer)
	default:
		c.t.Note("%s is signed by the key %s", signed, path)
	}
	return signed, found, nil
}
