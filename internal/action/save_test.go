package action

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/file"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/store"
)

// saved writes a package to a folder, and returns the folder's blobs.
func saved(t *testing.T, ref name.Reference, dir string) (blobs []string) {
	t.Helper()
	saving, err := file.PrepareSave(t.Context(), newSession(), at(ref), file.SaveOptions{Tag: "1"})
	require.NoError(t, err)
	layout, err := store.CreateLayout(dir)
	require.NoError(t, err)
	require.NoError(t, saving.WriteLayout(t.Context(), layout))
	blobs, err = filepath.Glob(filepath.Join(dir, "blobs", "sha256", "*"))
	require.NoError(t, err)
	return blobs
}

// packed is the archive of a layout in a folder, in the same order as the program's archives.
func packed(t *testing.T, dir string, order []byte) []byte {
	t.Helper()
	index, err := os.ReadFile(filepath.Join(dir, "index.json"))
	require.NoError(t, err)
	var b bytes.Buffer
	w, err := archive.NewWriter(&b, index)
	require.NoError(t, err)
	s, err := archive.NewStream(bytes.NewReader(order))
	require.NoError(t, err)
	for {
		digest, _, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		raw, err := os.ReadFile(filepath.Join(dir, "blobs", "sha256", digest.Hex))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		require.NoError(t, w.WriteBlob(v1.Descriptor{Digest: digest, Size: int64(len(raw))}, bytes.NewReader(raw)))
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// Verify finds any missing or changed blob in a file, and loading such a file tags nothing.
func TestDamagedFilesAreNotLoaded(t *testing.T) {
	from := registrytest.Start(t)
	for _, mode := range []artifact.Mode{artifact.Loose, artifact.Bundled} {
		pushed := push(t, shopAt(t, from.Host, mode), "1")
		dir := filepath.Join(t.TempDir(), "whole")
		blobs := saved(t, pushed.Digest, dir)
		require.Greater(t, len(blobs), 15)
		saving, err := file.PrepareSave(t.Context(), newSession(), at(pushed.Digest), file.SaveOptions{Tag: "1"})
		require.NoError(t, err)
		var order bytes.Buffer
		require.NoError(t, saving.WriteArchive(t.Context(), &order))
		to := registrytest.Start(t)
		tries := 0
		fresh := func() name.Repository { // without blobs of an earlier load
			tries++
			target, err := name.NewRepository(fmt.Sprintf("%s/shop%d", to.Host, tries))
			require.NoError(t, err)
			return target
		}
		for i, blob := range blobs {
			whole, err := os.ReadFile(blob)
			require.NoError(t, err)
			deleted := func() error { return os.Remove(blob) }
			changed := []func() error{
				func() error { return os.WriteFile(blob, flipped(whole), 0o644) },
				func() error { return os.WriteFile(blob, append(bytes.Clone(whole), ' '), 0o644) },
				func() error { return os.WriteFile(blob, whole[:len(whole)-1], 0o644) },
				func() error { return os.WriteFile(blob, bytes.Repeat([]byte("x"), len(whole)), 0o644) },
			}
			for damage, write := range map[string]func() error{"deleted": deleted, "changed": changed[i%len(changed)]} {
				require.NoError(t, write())
				for _, stream := range [][]byte{nil, packed(t, dir, order.Bytes())} {
					if string(whole) == "{}" {
						continue // known content, which need not be read
					}
					target := fresh()
					require.Error(t, loadInto(t.Context(), dir, stream, target), "%s %s", damage, blob)
					_, err = newSession().Fetch(t.Context(), at(target.Tag("1")))
					require.Error(t, err, "an incomplete package has a tag")
				}
				layout, err := store.OpenLayout(dir)
				require.NoError(t, err)
				report, err := verify.Package(t.Context(), newSession(), session.Location{Store: layout, Ref: "1"}, verify.Options{Deep: true})
				if err == nil {
					require.False(t, report.OK, "%s %s", damage, blob)
				}
				require.NoError(t, os.WriteFile(blob, whole, 0o644))
			}
		}
		for _, stream := range [][]byte{nil, packed(t, dir, order.Bytes())} {
			target := fresh()
			require.NoError(t, loadInto(t.Context(), dir, stream, target))
			require.True(t, verifyAt(t, target.Tag("1")).OK)
		}
	}
}

func flipped(content []byte) []byte {
	changed := bytes.Clone(content)
	changed[len(changed)/2] ^= 1
	return changed
}

// loadInto loads a folder, or a stream.
func loadInto(ctx context.Context, dir string, stream []byte, target name.Repository) error {
	client := newSession()
	to, options := client.Registry(target), file.LoadOptions{PushOptions: publish.PushOptions{Tag: "1"}}
	if stream != nil {
		_, err := file.LoadStream(ctx, client, "the stream", bytes.NewReader(stream), "", to, options)
		return err
	}
	layout, err := store.OpenLayout(dir)
	if err != nil {
		return err
	}
	_, err = file.Load(ctx, client, session.Location{Store: layout, Ref: ""}, to, options)
	return err
}
