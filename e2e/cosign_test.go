package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestCosign: with a public key as policy, cosign's signatures count, and no others.
func TestCosign(t *testing.T) {
	t.Parallel()
	cosign := tooltest.Lookup(t, "cosign")
	host := registrytest.Start(t).Host
	p := newProgram(t)
	p.env = append(p.env, "COSIGN_PASSWORD=", "PATH="+filepath.Dir(cosign)+string(os.PathListSeparator)+os.Getenv("PATH"))
	p.writeShop(host, platforms...)
	ref := host + "/team/shop:1"
	made := p.ok("push", "--bundle", ref)
	p.done(cosign, "generate-key-pair", "--output-key-prefix", "ours")
	p.done(cosign, "generate-key-pair", "--output-key-prefix", "theirs")
	p.unsigned("cosign says: ", "verify", "--signature", "ours.pub", ref)
	p.done(cosign, "sign", "--key", "theirs.key", "--use-signing-config=false", "--tlog-upload=false", "--yes", made)
	p.unsigned("cosign says: ", "pull", "-d", "out", "--signature", "ours.pub", ref)
	require.NoDirExists(t, filepath.Join(p.dir, "out"))
	p.done(cosign, "sign", "--key", "ours.key", "--use-signing-config=false", "--tlog-upload=false", "--yes", made)
	p.ok("pull", "-d", "out", "--signature", "ours.pub", ref)
	p.ok("verify", "--signature", "ours.pub", ref)
}
