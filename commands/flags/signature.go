package flags

import "github.com/urfave/cli/v2"

// Signature is the flag that requires a signature.
func Signature() cli.Flag {
	return &cli.StringFlag{Name: "signature", Usage: "require a signature that `POLICY` accepts: Notation's trustpolicy.json, with its truststore next to it, or a public key for cosign"}
}
