package origin

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLocal(t *testing.T) {
	for _, host := range []string{
		"localhost", "LOCALHOST:5000", "localhost.", "a.localhost", "127.0.0.1", "127.8.9.1:80", "[::1]:5000", "::1", "0.0.0.0:2375", "[::]:1",
		"[::ffff:127.0.0.1]:5000", "169.254.169.254", "[fe80::1%25eth0]:80", "127.1", "2130706433:2375", "0x7f.1", "0x7f000001",
	} {
		require.True(t, IsLocal(host), host)
	}
	for _, host := range []string{"registry.example.com", "10.0.0.1:5000", "192.168.1.2", "[2001:db8::1]:443", "localhost.example.com", "registry:5000", "registry1", "8.8.8.8", "[fd00::1]"} {
		require.False(t, IsLocal(host), host)
	}
}

func TestLead(t *testing.T) {
	for _, c := range []struct {
		from, to string
		allowed  bool
	}{
		{"https://registry.example.com/v2/", "https://cdn.example.com/x", true},
		{"https://registry.example.com/v2/", "http://127.0.0.1:2375/x", false},
		{"https://registry.example.com/v2/", "https://localhost/x", false},
		{"http://10.0.0.1:5000/v2/", "http://10.0.0.2:9000/x", true},
		{"http://10.0.0.1:5000/v2/", "http://169.254.169.254/latest", false},
		{"http://localhost:5000/v2/", "http://127.0.0.1:9000/x", true},
	} {
		from, err := url.Parse(c.from)
		require.NoError(t, err)
		to, err := url.Parse(c.to)
		require.NoError(t, err)
		err = CheckLead(t.Context(), from, to)
		if c.allowed {
			require.NoError(t, err, c.to)
			continue
		}
		var local *LocalError
		require.ErrorAs(t, err, &local, c.to)
		require.Equal(t, LocalError{From: from.Host, To: to.Host}, *local)
	}
}
