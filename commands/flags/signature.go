package flags

import "github.com/urfave/cli/v2"

// Signature asks for a signature.
func Signature() cli.Flag {
	return &cli.StringFlag{Name: "signature", Usage: "require a signature that `POLICY` accepts: Notation's trustpolicy.json, with its truststore beside it, or a public key for cosign"}
}
