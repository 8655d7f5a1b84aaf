package trust

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFolders(t *testing.T) {
	home, err := os.UserHomeDir()
	require.NoError(t, err)
	env := map[string]string{}
	get := func(name string) string { return env[name] }
	require.Equal(t, []string{
		filepath.Join(home, ".config/containers/certs.d"), "/etc/containers/certs.d", filepath.Join(home, ".docker/certs.d"),
		filepath.Join(home, ".config/docker/certs.d"), "/etc/docker/certs.d",
	}, folders(get))
	env = map[string]string{"DOCKER_CONFIG": "/b", "XDG_CONFIG_HOME": "/d"}
	require.Equal(t, []string{
		"/d/containers/certs.d", "/etc/containers/certs.d", "/b/certs.d", "/d/docker/certs.d", "/etc/docker/certs.d",
	}, folders(get))
}

func TestFolderNames(t *testing.T) {
	for host, want := range map[string][]string{
		"registry.example":      {"registry.example", "registry.example:443"},
		"registry.example:443":  {"registry.example:443", "registry.example"},
		"registry.example:5000": {"registry.example:5000"},
		"[::1]:5000":            {"[::1]:5000"},
		"index.docker.io":       {"index.docker.io", "index.docker.io:443", "docker.io"},
	} {
		require.Equal(t, want, folderNames(host), host)
	}
}

// TestUnreadableFolder: a system folder that only root can read.
func TestUnreadableFolder(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "registry.example"), 0o000))
	config, err := In(dir).For("registry.example")
	require.NoError(t, err)
	require.Nil(t, config)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	_, err = In(dir).For("file")
	require.ErrorContains(t, err, filepath.Join(dir, "file"))
}
