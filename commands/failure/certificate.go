package failure

import (
	"context"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/remote"
)

// untrustedHint returns what helps against a certificate that can't be verified.
func untrustedHint(_ context.Context, _ *terminal.Terminal, err error) string {
	switch {
	case remote.IsOutdated(err):
		return "check this machine's clock; if it is right, ask the registry's operator to renew the certificate"
	case remote.IsMisnamed(err):
		return "use a name of the registry that its certificate is for"
	default:
		return "trust the authority that signed the registry's certificate: in the system, with --ca-file FILE, or in /etc/docker/certs.d/HOST:PORT/ca.crt"
	}
}
