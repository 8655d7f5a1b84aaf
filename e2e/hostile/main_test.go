//go:build unix

package hostile

import (
	"context"
	"net"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ocompose/ocompose/commands"
)

// TestMain puts two programs into PATH, both links to this test binary: ocompose, and one that
// measures it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"ocompose": func() {
			if server := os.Getenv(dnsEnv); server != "" {
				useDNS(server)
			}
			os.Exit(commands.RunProcess())
		},
		"measured": measured,
	})
}

// dnsEnv is the address of the name server of the program under test, if it is not the system's.
const dnsEnv = "OCOMPOSE_HOSTILE_DNS"

func useDNS(server string) {
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, server)
	}}
}
