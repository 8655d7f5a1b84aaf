package clients

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/notaryproject/notation-core-go/testhelper"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/signaturetest"
)

// TestLoadIntoAnEngineWhatIsSigned: the package whose signature was checked is loaded into the engine,
// and not another one that the file has under the same name or the same tag.
func TestLoadIntoAnEngineWhatIsSigned(t *testing.T) {
	t.Parallel()
	ours := testhelper.GetRSASelfSignedSigningCertTuple("ours")
	host := registrytest.Start(t).Host
	p := programtest.New(t)
	p.WriteShop(host)
	signed := host + "/team/shop:1"
	p.OK("push", signed)
	signaturetest.Sign(t, signed, ours)
	p.OK("save", signed, "file/")
	shop := p.Read("compose.yaml")
	p.Write("compose.yaml", strings.Replace(shop, "depends_on:", "hostname: evil\n    depends_on:", 1))
	p.OK("push", host+"/team/shop:2")
	p.OK("save", host+"/team/shop:2", "file/")
	writePolicy(p, "ours", "strict", "*", ours)

	// A docker that only says what it is asked for.
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "docker"), []byte("#!/bin/sh\ncase $1 in version) echo linux/amd64 ;; esac\n"), 0o755))
	p.Env = []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")}
	index := p.Read("file/index.json")
	for name, change := range map[string]*strings.Replacer{
		"name":         strings.NewReplacer(`/team/shop:2"`, `/team/shop:1"`),
		"name and tag": strings.NewReplacer(`/team/shop:2"`, `/team/shop:1"`, `"org.opencontainers.image.ref.name": "2"`, `"org.opencontainers.image.ref.name": "1"`),
	} {
		p.Write("file/index.json", change.Replace(index))
		require.NotEqual(t, index, p.Read("file/index.json"))
		p.OK("load", "--engine", "--signature", "ours", "--listen", "127.0.0.1:0", "-d", name, "oci-layout:file:1")
		require.NotContains(t, p.Read(name+"/compose.yaml"), "evil", name)
		require.Contains(t, p.Read(name+"/compose.yaml"), "depends_on", name)
	}
	p.Write("file/index.json", index)
	unsigned(p, "it has no Notation signature", "load", "--engine", "--signature", "ours", "--listen", "127.0.0.1:0", "-d", "none", "oci-layout:file:2")
	require.NoDirExists(t, filepath.Join(p.Dir, "none"))
}
