package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHostsOfPlainHTTP(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "localhost:5000": true, "127.0.0.1:5000": true, "127.1.2.3": true, "[::1]:5000": true,
		"10.0.0.1:5000": false, "192.168.1.1": false, "172.16.0.1:80": false, "registry.local:5000": false,
		"app.localhost": false, "localhost.example.com": false, "127.0.0.1.example.com": false, "example.com": false,
	} {
		p := &PlainHTTP{}
		require.Equal(t, want, p.Allows(host), host)
	}
	require.True(t, (&PlainHTTP{All: true}).Allows("registry.lan:5000"))
}
