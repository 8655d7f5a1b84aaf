package clients

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// cosigner runs cosign without a network: with its own key, without the transparency log.
type cosigner struct {
	*programtest.Program
	path string
}

// newCosigner finds cosign. Building it takes long, so only "make cosign" does that, and no other
// run needs it.
func newCosigner(p *programtest.Program) cosigner {
	p.T.Helper()
	path, err := tooltest.Find("cosign")
	if err != nil && os.Getenv("OCOMPOSE_COSIGN") == "" {
		p.T.Skip("cosign is not installed; run this test with make cosign")
	}
	require.NoError(p.T, err)
	p.Env = append(p.Env, "COSIGN_PASSWORD=", "COSIGN_YES=true", "TUF_ROOT="+p.Home)
	c := cosigner{p, path}
	c.Output(path, "generate-key-pair")
	c.Output(path, "generate-key-pair", "--output-key-prefix", "other")
	return c
}

func (c cosigner) sign(key, ref string, flags ...string) {
	c.T.Helper()
	args := append([]string{"sign", "--key", key, "--tlog-upload=false", "--allow-http-registry"}, flags...)
	c.Output(c.path, append(args, ref)...)
}

// TestCosign signs packages with cosign in both forms: with a tag, and in a bundle that refers to
// the package. They are verified before anything is written, and signatures are copied too.
func TestCosign(t *testing.T) {
	t.Parallel()
	for _, kind := range programtest.Registries() {
		for form, flags := range map[string][]string{"tag": nil, "bundle": {"--new-bundle-format"}} {
			t.Run(kind.Name+"/"+form, func(t *testing.T) {
				t.Parallel()
				host := kind.Start(t)
				c := newCosigner(programtest.New(t))
				c.WriteShop(host)
				ref, moved := host+"/team/shop:1", host+"/moved/shop:1"
				made := strings.TrimSpace(c.OK("push", ref))
				_, digest, _ := strings.Cut(made, "@")
				unsigned(c.Program, "no signatures found", "verify", "--signature", "cosign.pub", ref)
				unsigned(c.Program, "no signatures found", "pull", "-d", "out", "--signature", "cosign.pub", ref)
				c.sign("other.key", made, flags...)
				unsigned(c.Program, "", "pull", "-d", "out", "--signature", "cosign.pub", ref)
				require.NoDirExists(t, c.Dir+"/out")
				c.sign("cosign.key", made, flags...)
				end := c.Run("verify", "--signature", "cosign.pub", ref)
				require.Zero(t, end.Status, end.Stderr)
				require.Contains(t, end.Stderr, "is signed by the key cosign.pub")
				c.OK("pull", "-d", "out", "--signature", "cosign.pub", ref)

				// The signature is copied too, also to a file, from which cosign reads it.
				c.OK("copy", "--referrers", "all", ref, moved)
				c.OK("verify", "--signature", "cosign.pub", moved)
				c.OK("save", ref, "shop.tar")
				s := c.Serve("shop.tar")
				c.OK("verify", "--signature", "cosign.pub", s.Host+"/team/shop@"+digest)
				s.Stop()
				unsigned(c.Program, "", "verify", "--signature", "other.pub", c.OK("push", "--no-portable", host+"/team/shop:2"))
			})
		}
	}
}
