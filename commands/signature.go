package commands

import (
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/signature"
)

// signatureFlag asks for a signature.
func signatureFlag() cli.Flag {
	return &cli.StringFlag{Name: "signature", Usage: "require a signature that `POLICY` accepts: Notation's trustpolicy.json, with its truststore beside it, or a public key for cosign"}
}

// checkSignature checks the signature of a package if the --signature flag is given. It returns
// where the package is, by its digest then, and what was found; nil without the flag. For what is
// in a file, scope is the repository by which a trust policy is chosen.
func (t *terminal) checkSignature(c call, at action.Location, scope string) (action.Location, *report.Signature, error) {
	path := c.flags.String("signature")
	if path == "" {
		return at, nil, nil
	}
	policy, err := signature.Read(t.path(path), signature.Cosign{Env: t.Environ, PlainHTTP: c.flags.Bool("plain-http")})
	if err != nil {
		return at, nil, err
	}
	signed, found, err := c.session.CheckSignature(c.ctx, at, policy, scope)
	if err != nil {
		return at, nil, err
	}
	t.warn(found.Warnings...)
	switch {
	case found.Skipped:
		t.warn(path + " asks for no signature here: none was checked")
	case found.Signer != "":
		t.note("%s is signed by %s", signed, found.Signer)
	default:
		t.note("%s is signed by the key %s", signed, path)
	}
	return signed, found, nil
}
