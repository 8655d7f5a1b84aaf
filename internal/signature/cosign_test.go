package signature

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

const publicKey = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"

// signed is a package in a registry that gets no requests.
func signed(t *testing.T) Signed {
	t.Helper()
	repo, err := name.NewRepository("registry.example.com/shop")
	require.NoError(t, err)
	return Signed{
		In:         store.NewRegistry(repo, remote.New(), nil),
		Descriptor: v1.Descriptor{Digest: v1.Hash{Algorithm: "sha256", Hex: "ab"}},
		Scope:      "registry.example.com/shop",
	}
}

// keyPolicy is a policy with a key.
func keyPolicy(t *testing.T, cosign Cosign) *Policy {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cosign.pub")
	require.NoError(t, os.WriteFile(path, []byte(publicKey), 0o600))
	p, err := Read(path, cosign)
	require.NoError(t, err)
	return p
}

// TestCosign checks the arguments of cosign, and the handling of its exit status. The program is
// a script that records its arguments; the real one is tested in e2e.
func TestCosign(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the program is a shell script")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	p := keyPolicy(t, Cosign{Env: []string{"STATUS=0", "OUT=" + filepath.Join(dir, "args")}})
	_, err := p.Check(t.Context(), signed(t))
	var missing *MissingError
	require.ErrorAs(t, err, &missing)

	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$OUT\"\nprintf 'Error: a\\nno matching signatures\\n' >&2\nexit \"$STATUS\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cosign"), []byte(script), 0o700))
	result, err := p.Check(t.Context(), signed(t))
	require.NoError(t, err)
	require.Equal(t, Result{}, result)
	args, err := os.ReadFile(filepath.Join(dir, "args"))
	require.NoError(t, err)
	require.Regexp(t, "^verify\n--key\n"+regexp.QuoteMeta(p.Path())+"\n--insecure-ignore-tlog=true\n--trusted-root=\\S+\n--\nregistry.example.com/shop@sha256:ab\n$", string(args))

	p.cosign = Cosign{Env: []string{"STATUS=1", "OUT=" + filepath.Join(dir, "args")}, PlainHTTP: true}
	_, err = p.Check(t.Context(), signed(t))
	var refused *Error
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "registry.example.com/shop@sha256:ab is not signed as "+p.Path()+" requires: cosign: no matching signatures")
	args, err = os.ReadFile(filepath.Join(dir, "args"))
	require.NoError(t, err)
	require.Contains(t, string(args), "--allow-http-registry\n")

	old := "#!/bin/sh\ncase \"$*\" in *--trusted-root*) echo 'Error: unknown flag: --trusted-root' >&2; exit 1;; esac\nexit 0\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cosign"), []byte(old), 0o700))
	_, err = p.Check(t.Context(), signed(t))
	require.NoError(t, err, "older versions do not support --trusted-root")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.Check(ctx, signed(t))
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, errors.As(err, new(*Error)))
}

// TestCosignReadsNoFiles: a package that cosign can't check is an error and never passes.
func TestCosignReadsNoFiles(t *testing.T) {
	t.Parallel()
	s := signed(t)
	layout, err := store.CreateLayout(t.TempDir())
	require.NoError(t, err)
	s.In = layout
	_, err = keyPolicy(t, Cosign{}).Check(t.Context(), s)
	require.ErrorContains(t, err, "cosign reads signatures only in registries")
}
