package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInsecureHosts(t *testing.T) {
	t.Parallel()
	hosts := []string{"registry.lan:5000", "other.lan", "[fd00::1]"}
	for host, want := range map[string]bool{
		"registry.lan:5000": true, "registry.lan:5001": false, "registry.lan": false, "other.lan": true, "other.lan:80": true,
		"x.other.lan": false, "[fd00::1]:5000": true, "[fd00::1]": true, "[fd00::2]:5000": false,
	} {
		require.Equal(t, want, isAmong(hosts, host), host)
	}
}
