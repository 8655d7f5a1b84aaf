package store

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/referrers"
)

// stores are the kinds of stores.
var stores = map[string]func(testing.TB) Store{
	"registry": func(t testing.TB) Store { return registryAt(t, registrytest.Start(t).Host+"/team/app") },
	"layout": func(t testing.TB) Store {
		l, err := CreateLayout(filepath.Join(t.TempDir(), "layout"))
		require.NoError(t, err)
		return l
	},
}

func registryAt(t testing.TB, repository string) *Registry {
	t.Helper()
	repo, err := name.NewRepository(repository)
	require.NoError(t, err)
	client := remote.New()
	return NewRegistry(repo, client, referrers.New(referrers.WithRegistries(client)))
}

func describe(t testing.TB, mediaType types.MediaType, content []byte) v1.Descriptor {
	t.Helper()
	digest, size, err := v1.SHA256(bytes.NewReader(content))
	require.NoError(t, err)
	return v1.Descriptor{MediaType: mediaType, Digest: digest, Size: size}
}

// manifest writes a blob and returns an artifact with it, with a subject or nil.
func manifest(t testing.TB, s Target, content string, subject *v1.Descriptor) Manifest {
	t.Helper()
	blob := describe(t, "application/octet-stream", []byte(content))
	require.NoError(t, s.WriteBlob(t.Context(), blob, remote.Bytes([]byte(content))))
	raw, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: "application/x-test", Config: blob, Layers: []v1.Descriptor{blob}, Subject: subject,
	})
	require.NoError(t, err)
	return Manifest{Descriptor: describe(t, types.OCIManifestSchema1, raw), Bytes: raw}
}

func TestStores(t *testing.T) {
	for kind, start := range stores {
		t.Run(kind, func(t *testing.T) {
			ctx, s := t.Context(), start(t)
			_, err := s.Lookup(ctx, "1")
			require.True(t, IsNotFound(err), "%v", err)
			_, err = s.Read(ctx, "1")
			require.True(t, IsNotFound(err), "%v", err)
			missing := describe(t, "", []byte("missing"))
			_, err = s.BlobSize(ctx, missing.Digest)
			require.True(t, IsNotFound(err), "%v", err)
			_, err = s.OpenBlob(ctx, missing)
			require.True(t, IsNotFound(err), "%v", err)
			require.True(t, IsNotFound(s.Delete(ctx, missing.Digest)))

			m := manifest(t, s, "content", nil)
			require.NoError(t, s.Write(ctx, m, ""))
			got, err := s.Read(ctx, m.Descriptor.Digest.String())
			require.NoError(t, err)
			require.Equal(t, m, got)
			require.NoError(t, s.Write(ctx, m, "1"))
			require.NoError(t, s.Write(ctx, m, "2"))
			tags, err := s.Tags(ctx)
			require.NoError(t, err)
			require.Equal(t, []string{"1", "2"}, tags)
			d, err := s.Lookup(ctx, "2")
			require.NoError(t, err)
			require.Equal(t, m.Descriptor, d)

			other := manifest(t, s, "other", nil)
			require.NoError(t, s.Write(ctx, other, "2"))
			d, err = s.Lookup(ctx, "2")
			require.NoError(t, err)
			require.Equal(t, other.Descriptor, d)

			blob := describe(t, "application/octet-stream", []byte("content"))
			size, err := s.BlobSize(ctx, blob.Digest)
			require.NoError(t, err)
			require.EqualValues(t, 7, size)
			rc, err := s.OpenBlob(ctx, blob)
			require.NoError(t, err)
			content, err := io.ReadAll(rc)
			require.NoError(t, err)
			require.NoError(t, rc.Close())
			require.Equal(t, "content", string(content))

			attached := manifest(t, s, "attached", &m.Descriptor)
			require.NoError(t, s.Attach(ctx, attached))
			require.NoError(t, s.Attach(ctx, attached), "again")
			node, err := s.Referrers(ctx, m.Descriptor.Digest.String())
			require.NoError(t, err)
			require.Len(t, node.Referrers, 1)
			require.Equal(t, attached.Descriptor.Digest, node.Referrers[0].Descriptor.Digest)
			require.Equal(t, "application/x-test", node.Referrers[0].Descriptor.ArtifactType)
			node, err = s.Referrers(ctx, m.Descriptor.Digest.String(), referrers.WithArtifactType("application/x-other"))
			require.NoError(t, err)
			require.Empty(t, node.Referrers)
			require.NoError(t, s.Delete(ctx, attached.Descriptor.Digest))
			node, err = s.Referrers(ctx, m.Descriptor.Digest.String())
			require.NoError(t, err)
			require.Empty(t, node.Referrers)
		})
	}
}

// TestBlobsBetweenStores copies blobs from each kind of store to each kind.
func TestBlobsBetweenStores(t *testing.T) {
	for from, startFrom := range stores {
		for to, startTo := range stores {
			t.Run(from+" to "+to, func(t *testing.T) {
				ctx, source, target := t.Context(), startFrom(t), startTo(t)
				d := describe(t, "application/octet-stream", []byte("content"))
				require.NoError(t, source.WriteBlob(ctx, d, remote.Bytes([]byte("content"))))
				calls := 0
				became, err := target.CopyBlob(ctx, source, d, func() { calls++ })
				require.NoError(t, err)
				require.Equal(t, Sent, became)
				require.Equal(t, 1, calls)
				became, err = target.CopyBlob(ctx, source, d, func() { calls++ })
				require.NoError(t, err)
				require.Equal(t, Present, became)
				require.Equal(t, 1, calls)

				wrong := d
				wrong.Size++
				_, err = target.CopyBlob(ctx, source, wrong, nil)
				var size *remote.SizeError
				require.ErrorAs(t, err, &size)
			})
		}
	}
	s := registrytest.Start(t)
	source, target := registryAt(t, s.Host+"/a"), registryAt(t, s.Host+"/b")
	d := describe(t, "application/octet-stream", []byte("content"))
	require.NoError(t, source.WriteBlob(t.Context(), d, remote.Bytes([]byte("content"))))
	became, err := target.CopyBlob(t.Context(), source, d, nil)
	require.NoError(t, err)
	require.Equal(t, Mounted, became)
}

// TestDryRunStoresNothing: it is asked only for content that it has.
func TestDryRunStoresNothing(t *testing.T) {
	ctx, d := t.Context(), NewDryRun("registry.example/app")
	m := manifest(t, d, "content", nil)
	require.NoError(t, d.Write(ctx, m, "1"))
	_, err := d.Lookup(ctx, "1")
	require.True(t, IsNotFound(err))
	there, err := d.Lookup(ctx, m.Descriptor.Digest.String())
	require.NoError(t, err)
	require.Equal(t, m.Descriptor.Digest, there.Digest)
	_, err = d.Read(ctx, m.Descriptor.Digest.String())
	require.True(t, IsNotFound(err))
}

// TestLayoutsOfOthers reads a layout written by go-containerregistry, and reads ours with it.
func TestLayoutsOfOthers(t *testing.T) {
	dir := t.TempDir()
	index, err := random.Index(100, 2, 2)
	require.NoError(t, err)
	_, err = layout.Write(dir, index)
	require.NoError(t, err)
	l, err := OpenLayout(dir)
	require.NoError(t, err)
	manifest, err := index.IndexManifest()
	require.NoError(t, err)
	for _, d := range manifest.Manifests {
		m, err := l.Read(t.Context(), d.Digest.String())
		require.NoError(t, err)
		require.NoError(t, l.Write(t.Context(), m, "tag-"+d.Digest.Hex[:6]))
	}
	path, err := layout.FromPath(dir)
	require.NoError(t, err)
	again, err := path.ImageIndex()
	require.NoError(t, err)
	tagged, err := again.IndexManifest()
	require.NoError(t, err)
	require.Len(t, tagged.Manifests, 2)
}

// TestConcurrentLayoutWriters has several concurrent writers of tags.
func TestConcurrentLayoutWriters(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	first, err := CreateLayout(dir)
	require.NoError(t, err)
	m := manifest(t, first, "content", nil)
	var writers sync.WaitGroup
	for i := range 20 {
		writers.Go(func() {
			l, err := OpenLayout(dir) // as another process would
			if err == nil {
				err = l.Write(context.Background(), m, strings.Repeat("x", i+1))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	tags, err := first.Tags(t.Context())
	require.NoError(t, err)
	require.Len(t, tags, 20)
}

func TestLayoutsAreNotTrusted(t *testing.T) {
	ctx := t.Context()
	l := stores["layout"](t).(*Layout)
	m := manifest(t, l, "content", nil)
	require.NoError(t, l.Write(ctx, m, "1"))
	blob := describe(t, "application/octet-stream", []byte("content"))
	for name, content := range map[string]string{"changed": "CONTENT", "longer": "content!", "shorter": "conten", "empty": ""} {
		require.NoError(t, os.WriteFile(l.blobPath(blob.Digest), []byte(content), 0o644))
		rc, err := l.OpenBlob(ctx, blob)
		require.NoError(t, err, name)
		_, err = io.ReadAll(rc)
		require.Error(t, err, name)
		require.NoError(t, rc.Close())
	}
	for name, content := range map[string][]byte{"changed": bytes.ToUpper(m.Bytes), "longer": append(bytes.Clone(m.Bytes), ' '), "empty": nil} {
		require.NoError(t, os.WriteFile(l.blobPath(m.Descriptor.Digest), content, 0o644))
		_, err := l.Read(ctx, "1")
		require.Error(t, err, name)
	}
	lying := describe(t, "application/octet-stream", []byte("another"))
	require.Error(t, l.WriteBlob(ctx, lying, remote.Bytes([]byte("ANOTHER"))))
	_, err := l.BlobSize(ctx, lying.Digest)
	require.True(t, IsNotFound(err), "content that does not match its descriptor must not be stored")
	entries, err := os.ReadDir(filepath.Join(l.dir, "blobs", "sha256"))
	require.NoError(t, err)
	require.Len(t, entries, 2, "no partial files may stay")
}

// FuzzLayout reads layouts with any index.json: no file outside the folder is read, and no call
// panics.
func FuzzLayout(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":2,"annotations":{"org.opencontainers.image.ref.name":"1"}}]}`))
	f.Add([]byte(`{"manifests":[{"digest":"../../../etc/passwd","size":1}]}`))
	f.Add([]byte(`{"manifests":null}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		dir := filepath.Join(t.TempDir(), "layout")
		l, err := CreateLayout(dir)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "index.json"), raw, 0o644))
		for _, ref := range []string{"", "1", "sha256:" + strings.Repeat("0", 64)} {
			_, _ = l.Lookup(t.Context(), ref)
			_, err := l.Read(t.Context(), ref)
			require.Error(t, err, "there is no content")
		}
		_, _ = l.Tags(t.Context())
		_, _ = l.Referrers(t.Context(), "sha256:"+strings.Repeat("0", 64))
	})
}
