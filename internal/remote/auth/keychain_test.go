package auth

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"
)

func repository(t testing.TB, s string) name.Repository {
	t.Helper()
	r, err := name.NewRepository(s)
	require.NoError(t, err)
	return r
}

// authFileOf writes a credentials file in Docker's format, with a user for each key.
func authFileOf(t *testing.T, users map[string]string) string {
	t.Helper()
	auths := map[string]any{}
	for k, u := range users {
		auths[k] = map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(u + ":secret"))}
	}
	b, err := json.Marshal(map[string]any{"auths": auths})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "auth.json")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return path
}

func userOf(t *testing.T, k authn.Keychain, repo string) string {
	t.Helper()
	a, err := k.Resolve(repository(t, repo))
	require.NoError(t, err)
	cfg, err := a.Authorization()
	require.NoError(t, err)
	return cfg.Username
}

func TestKeychain(t *testing.T) {
	first := authFileOf(t, map[string]string{
		"registry.example":          "everyone",
		"registry.example/team":     "team",
		"registry.example/team/app": "app",
		"docker.io":                 "hub",
	})
	second := authFileOf(t, map[string]string{"registry.example": "hidden", "other.example": "other", "docker.io/library": "library"})
	k := &keychain{paths: []string{"/does/not/exist", t.TempDir(), first, second}}
	for repo, want := range map[string]string{
		"registry.example/x":           "everyone",
		"registry.example/team/x":      "team",
		"registry.example/team/app":    "app",
		"registry.example/team/app/x":  "app",
		"registry.example/teams/x":     "everyone",
		"other.example/x":              "other",
		"nobody.example/x":             "",
		"registry.example:5000/team/x": "",
		"someone/app":                  "hub",
	} {
		require.Equal(t, want, userOf(t, k, repo), repo)
	}
	k = &keychain{paths: []string{second}}
	require.Equal(t, "library", userOf(t, k, "nginx"))
	require.Empty(t, userOf(t, k, "someone/app"))
	k = &keychain{paths: []string{authFileOf(t, map[string]string{authn.DefaultAuthKey: "login"})}}
	require.Equal(t, "login", userOf(t, k, "someone/app"))
}

func TestInvalidKeychain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"auths":{"a.example":{"auth":"c2VjcmV0"}}}`), 0o600))
	_, err := (&keychain{paths: []string{path}}).Resolve(repository(t, "a.example/x"))
	require.ErrorContains(t, err, path)
	require.NotContains(t, err.Error(), "secret")
}

func TestHelpersAreCalledOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the credential helper is a shell script")
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "asked")
	script := "#!/bin/sh\nread -r host\necho \"$host\" >> '" + log + "'\nprintf '{\"ServerURL\":\"%s\",\"Username\":\"helped\",\"Secret\":\"s\"}' \"$host\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "docker-credential-test"), []byte(script), 0o700))
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	path := filepath.Join(dir, "config.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"credsStore":"test"}`), 0o600))
	k := &keychain{paths: []string{path}}
	for _, repo := range []string{"registry.example/a", "registry.example/b", "registry.example/b/c"} {
		require.Equal(t, "helped", userOf(t, k, repo))
	}
	require.Equal(t, "helped", userOf(t, k, "nginx"))
	b, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, []string{"registry.example", authn.DefaultAuthKey}, strings.Fields(string(b)))
}

func TestCredentialFiles(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	env := map[string]string{}
	files := authFiles(func(k string) string { return env[k] })
	require.Contains(t, files, filepath.FromSlash("/home/me/.docker/config.json"))
	require.Contains(t, files, filepath.FromSlash("/home/me/.config/containers/auth.json"))
	env = map[string]string{"REGISTRY_AUTH_FILE": "/a/auth.json", "DOCKER_CONFIG": "/b", "XDG_RUNTIME_DIR": "/c", "XDG_CONFIG_HOME": "/d"}
	require.Equal(t, []string{"/a/auth.json", "/b/config.json", "/c/containers/auth.json", "/d/containers/auth.json"},
		authFiles(func(k string) string { return env[k] }))
}

// TestInvalidEntryOfAnotherHost: an invalid entry for another registry is ignored.
func TestInvalidEntryOfAnotherHost(t *testing.T) {
	good := base64.StdEncoding.EncodeToString([]byte("me:secret"))
	for name, entry := range map[string]string{
		"no base64":   `{"auth":"c2VjcmV0!!"}`,
		"no password": `{"auth":"` + base64.StdEncoding.EncodeToString([]byte("secret")) + `"}`,
		"no object":   `"secret"`,
		"a number":    `{"auth":5}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.json")
			content := `{"auths":{"bad.example":` + entry + `,"good.example":{"auth":"` + good + `"}},"credHelpers":{"x.example":"none"}}`
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			k := &keychain{paths: []string{path}}
			require.Equal(t, "me", userOf(t, k, "good.example/app"))
			require.Empty(t, userOf(t, k, "other.example/app"))
			_, err := k.Resolve(repository(t, "bad.example/app"))
			require.ErrorContains(t, err, `its entry for "bad.example" can't be read`)
			require.NotContains(t, err.Error(), "secret")
			require.NotContains(t, err.Error(), "c2Vj")
		})
	}
}

func FuzzParseAuthFile(f *testing.F) {
	f.Add([]byte(`{"auths":{"a.example":{"auth":"bWU6c2VjcmV0"}}}`))
	f.Add([]byte(`{"auths":{"a.example":{"auth":5},"b.example":{}},"credHelpers":{"c.example":"x"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := parseAuthFile("config.json", raw)
		if err != nil {
			return
		}
		for key := range file.bad {
			require.NotContains(t, file.config.AuthConfigs, key)
		}
	})
}
