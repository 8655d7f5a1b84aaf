package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/tooltest"
)

// cosigner runs cosign without a network: with a key of its own, without the transparency log.
type cosigner struct {
	*program
	path string
}

// newCosigner finds cosign. Building it takes long, so that "make cosign" does that, and no other
// run needs it.
func newCosigner(p *program) cosigner {
	p.t.Helper()
	path, err := tooltest.Find("cosign")
	if err != nil && os.Getenv("OCOMPOSE_COSIGN") == "" {
		p.t.Skip("cosign is not there: make cosign builds it and runs this")
	}
	require.NoError(p.t, err)
	p.env = append(p.env, "COSIGN_PASSWORD=", "COSIGN_YES=true", "TUF_ROOT="+p.home)
	c := cosigner{p, path}
	c.done(path, "generate-key-pair")
	c.done(path, "generate-key-pair", "--output-key-prefix", "other")
	return c
}

func (c cosigner) sign(key, ref string, flags ...string) {
	c.t.Helper()
	args := append([]string{"sign", "--key", key, "--tlog-upload=false", "--allow-http-registry"}, flags...)
	c.done(c.path, append(args, ref)...)
}

// TestCosign has cosign sign packages in both of its forms, under a tag and in a bundle that refers
// to the package. They are checked before anything is written, and signatures go along.
func TestCosign(t *testing.T) {
	t.Parallel()
	for _, kind := range registries {
		for form, flags := range map[string][]string{"tag": nil, "bundle": {"--new-bundle-format"}} {
			t.Run(kind.name+"/"+form, func(t *testing.T) {
				t.Parallel()
				host := kind.start(t)
				c := newCosigner(newProgram(t))
				c.writeShop(host, platforms...)
				ref, moved := host+"/team/shop:1", host+"/moved/shop:1"
				made := strings.TrimSpace(c.ok("push", ref))
				_, digest, _ := strings.Cut(made, "@")
				c.unsigned("no signatures found", "verify", "--signature", "cosign.pub", ref)
				c.unsigned("no signatures found", "pull", "-d", "out", "--signature", "cosign.pub", ref)
				c.sign("other.key", made, flags...)
				c.unsigned("", "pull", "-d", "out", "--signature", "cosign.pub", ref)
				require.NoDirExists(t, c.dir+"/out")
				c.sign("cosign.key", made, flags...)
				end := c.run("verify", "--signature", "cosign.pub", ref)
				require.Zero(t, end.status, end.stderr)
				require.Contains(t, end.stderr, "is signed by the key cosign.pub")
				c.ok("pull", "-d", "out", "--signature", "cosign.pub", ref)

				// The signature goes along, into a file, too, from which cosign reads it.
				c.ok("copy", "--referrers", "all", ref, moved)
				c.ok("verify", "--signature", "cosign.pub", moved)
				c.ok("save", ref, "shop.tar")
				s := c.serve("shop.tar")
				c.ok("verify", "--signature", "cosign.pub", s.host+"/team/shop@"+digest)
				s.stop()
				c.unsigned("", "verify", "--signature", "other.pub", c.ok("push", "--no-portable", host+"/team/shop:2"))
			})
		}
	}
}
