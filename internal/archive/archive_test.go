package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// blob describes content.
func blob(t testing.TB, content string) v1.Descriptor {
	t.Helper()
	digest, size, err := v1.SHA256(strings.NewReader(content))
	require.NoError(t, err)
	return v1.Descriptor{Digest: digest, Size: size}
}

const index = `{"schemaVersion":2,"manifests":[]}`

// written is an archive of the contents, written by this package.
func written(t testing.TB, how Compression, contents ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	compressed, err := Compress(&b, how)
	require.NoError(t, err)
	w, err := NewWriter(compressed, []byte(index))
	require.NoError(t, err)
	for _, content := range contents {
		require.NoError(t, w.WriteBlob(blob(t, content), strings.NewReader(content)))
	}
	require.NoError(t, w.Close())
	require.NoError(t, compressed.Close())
	return b.Bytes()
}

// onDisk is a file with a content.
func onDisk(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.tar")
	require.NoError(t, os.WriteFile(path, content, 0o644))
	return path
}

// readStream reads an entire stream.
func readStream(content []byte) (map[string]string, error) {
	s, err := NewStream(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	all := map[string]string{indexName: string(s.Index)}
	for {
		digest, size, err := s.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		raw, err := io.ReadAll(s)
		if err != nil {
			return nil, err
		}
		if int64(len(raw)) != size {
			return nil, fmt.Errorf("%s has %d bytes, not %d", digest, len(raw), size)
		}
		all[digest.String()] = string(raw)
	}
}

func TestWrittenIsRead(t *testing.T) {
	contents := []string{"one", "", strings.Repeat("three", 100_000)}
	for _, how := range []Compression{None, Gzip, Zstandard} {
		archived := written(t, how, contents...)
		require.Equal(t, archived, written(t, how, contents...), "archives must be reproducible")
		all, err := readStream(archived)
		require.NoError(t, err)
		require.Len(t, all, 4)
		require.Equal(t, index, all[indexName])
		for _, content := range contents {
			require.Equal(t, content, all[blob(t, content).Digest.String()])
		}
		f, err := Open(onDisk(t, archived))
		if how != None {
			require.ErrorIs(t, err, ErrCompressed)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, index, string(f.Index))
		for _, content := range contents {
			d := blob(t, content)
			size, ok := f.Size(d.Digest)
			require.True(t, ok)
			require.Equal(t, d.Size, size)
			raw, err := io.ReadAll(f.Reader(d.Digest))
			require.NoError(t, err)
			require.Equal(t, content, string(raw))
		}
		_, ok := f.Size(blob(t, "other").Digest)
		require.False(t, ok)
		require.Nil(t, f.Reader(blob(t, "other").Digest))
		require.NoError(t, f.Close())
	}
}

func TestWriterKeepsToTheSize(t *testing.T) {
	w, err := NewWriter(io.Discard, []byte(index))
	require.NoError(t, err)
	require.ErrorContains(t, w.WriteBlob(blob(t, "four"), strings.NewReader("abc")), "3 bytes, not 4")
	w, err = NewWriter(io.Discard, []byte(index))
	require.NoError(t, err)
	require.Error(t, w.WriteBlob(blob(t, "four"), strings.NewReader("longer")))
}

// header is a tar header of a file whose content is its name.
func header(name string, edit ...func(*tar.Header)) *tar.Header {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(name)), Mode: 0o644}
	for _, e := range edit {
		e(h)
	}
	return h
}

func as(typeflag byte) func(*tar.Header) {
	return func(h *tar.Header) { h.Typeflag, h.Linkname, h.Size = typeflag, "target", 0 }
}

// foreign is an archive of headers, with their names as content.
func foreign(t testing.TB, headers ...*tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		require.NoError(t, w.WriteHeader(h))
		if h.Size > 0 {
			_, err := io.WriteString(w, strings.Repeat(h.Name, int(h.Size)/len(h.Name)+1)[:h.Size])
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// Entries that an image layout does not have are rejected, in a file and in a stream.
func TestHostileArchives(t *testing.T) {
	hex := strings.Repeat("a", 64)
	many := []*tar.Header{header(indexName)}
	for i := range maxEntries {
		many = append(many, &tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprintf("f%d", i)})
	}
	for name, test := range map[string]struct {
		content []byte
		problem string
	}{
		"empty":              {nil, ""},
		"not a tar file":     {bytes.Repeat([]byte("not a tar file file "), 100), "not a tar file"},
		"not a layout":       {foreign(t, header("readme")), "not an image layout"},
		"traversal":          {foreign(t, header(indexName), header("../../etc/passwd")), "outside the folder"},
		"traversal inside":   {foreign(t, header(indexName), header("blobs/../../x")), "outside the folder"},
		"absolute":           {foreign(t, header(indexName), header("/etc/passwd")), "outside the folder"},
		"backslash":          {foreign(t, header(indexName), header(`..\x`)), "outside the folder"},
		"symbolic link":      {foreign(t, header(indexName), header("blobs/sha256/"+hex, as(tar.TypeSymlink))), "is a link"},
		"hard link":          {foreign(t, header(indexName), header("blobs/sha256/"+hex, as(tar.TypeLink))), "is a link"},
		"link as a folder":   {foreign(t, header(indexName), header("blobs", as(tar.TypeSymlink))), "is a link"},
		"device":             {foreign(t, header(indexName), header("blobs/sha256/"+hex, as(tar.TypeChar))), "not a regular file"},
		"FIFO":               {foreign(t, header(indexName), header("fifo", as(tar.TypeFifo))), "not a regular file"},
		"name twice":         {foreign(t, header(indexName), header("blobs/sha256/"+hex), header("blobs/sha256/"+hex)), "twice"},
		"name twice, dotted": {foreign(t, header(indexName), header("./blobs//sha256/"+hex), header("blobs/sha256/"+hex)), "twice"},
		"index twice":        {foreign(t, header(indexName), header("./"+indexName)), "twice"},
		"large index":        {foreign(t, header(indexName, func(h *tar.Header) { h.Size = maxIndexSize + 1 })), "more than it may have"},
		"many files":         {foreign(t, many...), "more than 100000 files"},
		"truncated content":  {written(t, None, strings.Repeat("x", 10_000))[:5000], ""},
		"truncated header":   {written(t, None, "x")[:2100], "truncated"},
		"truncated gzip":     {written(t, Gzip, strings.Repeat("x", 10_000))[:60], ""},
		"truncated zstd":     {written(t, Zstandard, strings.Repeat("x", 10_000))[:60], ""},
		"invalid gzip":       {[]byte{0x1f, 0x8b, 1, 2, 3}, ""},
		"invalid zstd":       {[]byte{0x28, 0xb5, 0x2f, 0xfd, 3}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readStream(test.content)
			require.ErrorContains(t, err, test.problem)
			f, err := Open(onDisk(t, test.content))
			require.Error(t, err)
			if !errors.Is(err, ErrCompressed) {
				require.ErrorContains(t, err, test.problem)
			}
			require.Nil(t, f)
		})
	}
}

// Archives of other programs can be read; a file on disk may have any order.
func TestForeignArchives(t *testing.T) {
	d := blob(t, "content")
	content := foreign(t,
		&tar.Header{Typeflag: tar.TypeDir, Name: "./"},
		&tar.Header{Typeflag: tar.TypeDir, Name: "blobs/"},
		header("./blobs/sha256/"+d.Digest.Hex), header("manifest.json"), header("./"+indexName), header("oci-layout"))
	f, err := Open(onDisk(t, content))
	require.NoError(t, err)
	_, ok := f.Size(d.Digest)
	require.True(t, ok)
	_, err = readStream(content)
	require.ErrorIs(t, err, ErrOrder)
}

// A window that needs much memory to decompress is rejected.
func TestLargeWindowsAreRejected(t *testing.T) {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(128<<20))
	require.NoError(t, err)
	_, err = io.Copy(w, bytes.NewReader(written(t, None, strings.Repeat("x", 129<<20))))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	_, err = readStream(b.Bytes())
	require.Error(t, err)
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.tar.gz")
	write := func(content string, force bool) error {
		f, err := Create(path, force)
		if err != nil {
			return err
		}
		defer f.Abort()
		_, err = io.WriteString(f, content)
		require.NoError(t, err)
		return f.Commit()
	}
	read := func() string {
		file, err := os.Open(path)
		require.NoError(t, err)
		defer file.Close()
		z, err := gzip.NewReader(file)
		require.NoError(t, err)
		raw, err := io.ReadAll(z)
		require.NoError(t, err)
		return string(raw)
	}
	require.NoError(t, write("one", false))
	require.Equal(t, "one", read())
	var exists *ExistsError
	require.ErrorAs(t, write("two", false), &exists)
	require.Equal(t, "one", read())
	require.NoError(t, write("two", true))
	require.Equal(t, "two", read())

	f, err := Create(path, true)
	require.NoError(t, err)
	_, err = io.WriteString(f, "three")
	require.NoError(t, err)
	_, err = Create(path, true)
	require.ErrorContains(t, err, "another process is writing")
	f.Abort()
	require.Equal(t, "two", read())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// Reading any bytes ends and does not panic, and a stream has the same content as a file.
func FuzzArchive(f *testing.F) {
	f.Add(written(f, None, "one", "two"))
	f.Add(written(f, Gzip, "one"))
	f.Add(written(f, Zstandard, "one"))
	f.Add(foreign(f, header("blobs/sha256/"+strings.Repeat("a", 64)), header(indexName)))
	f.Fuzz(func(t *testing.T, content []byte) {
		all, streamErr := readStream(content)
		file, err := Open(onDisk(t, content))
		if err != nil {
			return
		}
		defer file.Close()
		if streamErr != nil {
			return
		}
		for name, raw := range all {
			if name == indexName {
				require.Equal(t, string(file.Index), raw)
				continue
			}
			digest, err := v1.NewHash(name)
			require.NoError(t, err)
			size, ok := file.Size(digest)
			require.True(t, ok)
			require.Equal(t, int64(len(raw)), size)
		}
	})
}

func TestTrimExtension(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"shop.tar": "shop", "shop.tar.gz": "shop", "shop.tgz": "shop", "shop.tar.zst": "shop", "shop.tzst": "shop", "shop.tar.zstd": "shop",
		"My Shop.v2.TAR": "My Shop.v2", "shop": "shop", "shop.zip": "shop.zip", ".tar": ".tar", "tar": "tar", "a.tar.tar": "a.tar",
	} {
		require.Equal(t, want, TrimExtension(name), name)
	}
}
