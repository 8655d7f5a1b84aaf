package main

import (
	"archive/tar"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func programs() []program {
	created := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	return []program{
		{v1.Platform{OS: "linux", Architecture: "amd64"}, []byte("for amd64"), "1.2.3", "abc", created},
		{v1.Platform{OS: "linux", Architecture: "arm64"}, []byte("for arm64"), "1.2.3", "abc", created},
	}
}

// TestImage pushes the image and checks what a client gets for each platform.
func TestImage(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t)
	ref := server.Host + "/ocompose:1.2.3"
	index, err := buildIndex(programs())
	require.NoError(t, err)
	require.NoError(t, push([]string{ref, server.Host + "/ocompose:latest"}, index))

	parsed, err := name.ParseReference(ref)
	require.NoError(t, err)
	for _, p := range programs() {
		image, err := remote.Image(parsed, remote.WithPlatform(p.platform))
		require.NoError(t, err)
		config, err := image.ConfigFile()
		require.NoError(t, err)
		require.Equal(t, p.platform.Architecture, config.Architecture)
		require.Equal(t, "65532:65532", config.Config.User)
		require.Equal(t, "1.2.3", config.Config.Labels["org.opencontainers.image.version"])

		files := contents(t, image)
		require.Equal(t, string(p.content), files["usr/bin/ocompose"].content)
		require.EqualValues(t, 0o755, files["usr/bin/ocompose"].Mode)
		require.EqualValues(t, 0o1777, files["tmp"].Mode)
		require.Equal(t, 65532, files["project"].Uid)
		pool := x509.NewCertPool()
		rest := []byte(files["etc/ssl/certs/ca-certificates.crt"].content)
		count := 0
		for block, more := pem.Decode(rest); block != nil; block, more = pem.Decode(more) {
			certificate, err := x509.ParseCertificate(block.Bytes)
			require.NoError(t, err)
			pool.AddCert(certificate)
			count++
		}
		require.Greater(t, count, 100)
		require.Len(t, files, 11, "the image must have no other files")
	}
}

// TestImageIsReproducible: the same programs give the same digest, and other programs another
// one.
func TestImageIsReproducible(t *testing.T) {
	t.Parallel()
	digest := func(programs []program) v1.Hash {
		index, err := buildIndex(programs)
		require.NoError(t, err)
		digest, err := index.Digest()
		require.NoError(t, err)
		return digest
	}
	require.Equal(t, digest(programs()), digest(programs()))
	changed := programs()
	changed[1].content = []byte("changed")
	require.NotEqual(t, digest(programs()), digest(changed))
}

func TestLayout(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "image")
	index, err := buildIndex(programs())
	require.NoError(t, err)
	require.NoError(t, writeLayout(dir, index))
	require.ErrorContains(t, writeLayout(dir, index), "is not empty")
	path, err := layout.FromPath(dir)
	require.NoError(t, err)
	root, err := path.ImageIndex()
	require.NoError(t, err)
	manifest, err := root.IndexManifest()
	require.NoError(t, err)
	want, err := index.Digest()
	require.NoError(t, err)
	require.Equal(t, want, manifest.Manifests[0].Digest)
}

// TestReadProgram rejects a file that is not a program, and a program for another platform.
func TestReadProgram(t *testing.T) {
	t.Parallel()
	_, err := readProgram("plan9/arm", filepath.Join(t.TempDir(), "none"))
	require.ErrorContains(t, err, "none")
	_, err = readProgram("plan9/arm", "image.go")
	require.ErrorContains(t, err, "reading how image.go was built")
	self, err := os.Executable()
	require.NoError(t, err)
	_, err = readProgram("plan9/arm", self)
	require.ErrorContains(t, err, "was built with")
	require.ErrorContains(t, run("", "", nil), "give -layout DIR or -push REF")
}

type entry struct {
	tar.Header
	content string
}

// contents returns the files and folders of an image.
func contents(t *testing.T, image v1.Image) map[string]entry {
	t.Helper()
	flat := mutate.Extract(image)
	defer flat.Close()
	all := map[string]entry{}
	for r := tar.NewReader(flat); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		all[header.Name] = entry{*header, string(content)}
	}
}
