package clients

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestOtherClientsLoadASavedFile: a saved file is an OCI image layout for other programs. They
// copy it to a registry, complete and with the same digest.
func TestOtherClientsLoadASavedFile(t *testing.T) {
	t.Parallel()
	for _, client := range []struct {
		name, file string
		load       func(p *programtest.Program, file, to string)
	}{
		{"oras tar", "app.tar", func(p *programtest.Program, file, to string) {
			p.Output(tooltest.Lookup(p.T, "oras"), "copy", "--from-oci-layout", "--to-plain-http", file+":1", to)
		}},
		{"oras folder", "app/", func(p *programtest.Program, file, to string) {
			p.Output(tooltest.Lookup(p.T, "oras"), "copy", "--from-oci-layout", "--to-plain-http", file+":1", to)
		}},
		{"regctl tar", "app.tar", func(p *programtest.Program, file, to string) { regctl(p, "image", "import", to, file) }},
		{"regctl folder", "app/", func(p *programtest.Program, file, to string) { regctl(p, "image", "copy", "ocidir://"+file+":1", to) }},
		{"crane folder", "app/", func(p *programtest.Program, file, to string) {
			p.Output(tooltest.Lookup(p.T, "crane"), "push", "--insecure", file, to)
		}},
	} {
		t.Run(client.name, func(t *testing.T) {
			t.Parallel()
			source, other := registrytest.Start(t), registrytest.Start(t).Host
			p := programtest.New(t)
			p.WriteShop(source.Host)
			p.OK("push", "--bundle", source.Host+"/apps/shop:1")
			digest := registrytest.Digest(t, source.Host+"/apps/shop:1")
			p.OK("save", source.Host+"/apps/shop:1", client.file)
			source.Close()

			client.load(p, client.file, other+"/apps/shop:1")
			require.Equal(t, digest, registrytest.Digest(t, other+"/apps/shop:1"))
			p.RequireComplete(p.OK("copy", other+"/apps/shop:1", other+"/apps/shop:2"))
		})
	}
}
