//go:build unix

package keystore_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/cli/cli/config/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/keystore"
)

// script puts the helper docker-credential-test into PATH and returns its folder. It ends the
// processes whose ids are in the file pids there.
func script(t *testing.T, text string) string {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "docker-credential-test"), []byte("#!/bin/sh\ncd "+dir+"\n"+text+"\n"), 0o700))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	t.Cleanup(func() {
		pids, _ := os.ReadFile(filepath.Join(dir, "pids"))
		for pid := range strings.FieldsSeq(string(pids)) {
			_ = exec.Command("kill", pid).Run()
		}
	})
	return dir
}

// TestHelpersWithProcesses: a helper that leaves a process, such as an agent, returns its login.
func TestHelpersWithProcesses(t *testing.T) {
	script(t, `sleep 600 & echo $! >pids; echo '{"Username":"me","Secret":"secret"}'`)
	login, err := keystore.Get(t.Context(), "test", "registry.example.com")
	require.NoError(t, err)
	require.Equal(t, types.AuthConfig{Username: "me", Password: "secret", ServerAddress: "registry.example.com"}, login)
}

// TestHelpersEnd: a helper ends with the context, even if its processes do not.
func TestHelpersEnd(t *testing.T) {
	dir := script(t, `sleep 600 & echo $! >pids; : >started; wait`)
	for name, call := range map[string]func(context.Context) error{
		"get":   func(ctx context.Context) error { _, err := keystore.Get(ctx, "test", "r"); return err },
		"store": func(ctx context.Context) error { return keystore.Store(ctx, "test", types.AuthConfig{}) },
		"erase": func(ctx context.Context) error { return keystore.Erase(ctx, "test", "r") },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for ctx.Err() == nil {
				if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
					cancel()
				}
			}
		}()
		require.ErrorIs(t, call(ctx), context.Canceled, name)
		cancel()
	}
}

// TestHelperProtocol: identity tokens have their own user name, and missing logins are no error.
func TestHelperProtocol(t *testing.T) {
	dir := script(t, `echo "$1" >>calls; cat >>calls; echo >>calls
case "$1" in get) grep -q token stored 2>/dev/null && exec cat stored; echo 'credentials not found in native keychain'; exit 1;; store) tail -n 2 calls >stored;; esac`)
	login, err := keystore.Get(t.Context(), "test", "r")
	require.NoError(t, err)
	require.Zero(t, login)
	require.NoError(t, keystore.Store(t.Context(), "test", types.AuthConfig{ServerAddress: "r", IdentityToken: "token"}))
	login, err = keystore.Get(t.Context(), "test", "r")
	require.NoError(t, err)
	require.Equal(t, types.AuthConfig{IdentityToken: "token", ServerAddress: "r"}, login)
	require.NoError(t, keystore.Erase(t.Context(), "test", "r"))
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	require.NoError(t, err)
	require.Equal(t, "get\nr\nstore\n{\"ServerURL\":\"r\",\"Username\":\"\\u003ctoken\\u003e\",\"Secret\":\"token\"}\n\nget\nr\nerase\nr\n", string(calls))

	script(t, "echo broken >&2; exit 3")
	_, err = keystore.Get(t.Context(), "test", "r")
	require.ErrorContains(t, err, "exit status 3")
	_, err = keystore.Get(t.Context(), "missing", "r")
	require.ErrorContains(t, err, "docker-credential-missing")
}
