package margo

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func shop() []File {
	return []File{
		{Name: "compose.yaml", Content: []byte("services: {}\n")},
		{Name: "configs/nginx/site.conf", Content: []byte("listen 80;\n")},
		{Name: "run.sh", Content: []byte("#!/bin/sh\n"), Executable: true},
	}
}

// TestWrite compares the exact bytes, and the entries that GNU tar would list.
func TestWrite(t *testing.T) {
	raw, err := Write("shop", shop())
	require.NoError(t, err)
	sum := sha256.Sum256(raw)
	require.Equal(t, "edbe7f65235127244fc878285fda58438309025698b27888dbcda88b2d7d46d9", hex.EncodeToString(sum[:]))
	again, err := Write("shop", []File{shop()[2], shop()[1], shop()[0]})
	require.NoError(t, err)
	require.Equal(t, raw, again, "the order of the files does not matter")

	content, err := gzip.NewReader(bytes.NewReader(raw))
	require.NoError(t, err)
	require.Equal(t, make([]byte, 4), raw[4:8], "the gzip header must have no time")
	require.Empty(t, content.Name)
	var listed []string
	for r := tar.NewReader(content); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		require.Zero(t, h.ModTime.Unix())
		require.Zero(t, h.Uid+h.Gid)
		require.Empty(t, h.Uname+h.Gname)
		listed = append(listed, fmt.Sprintf("%c%03o %s", h.Typeflag, h.Mode, h.Name))
	}
	require.Equal(t, []string{
		"5755 shop/", "5755 shop/configs/", "5755 shop/configs/nginx/",
		"0644 shop/compose.yaml", "0644 shop/configs/nginx/site.conf", "0755 shop/run.sh",
	}, listed)

	read, err := Read(bytes.NewReader(raw))
	require.NoError(t, err)
	require.Equal(t, &Archive{Folder: "shop", Files: shop()}, read)
}

func TestWriteRejects(t *testing.T) {
	for _, folder := range []string{"", ".", "..", "a/b", `a\b`} {
		_, err := Write(folder, shop())
		require.Error(t, err, folder)
	}
	_, err := Write("shop", shop()[1:])
	require.ErrorContains(t, err, "there is no compose.yaml")
	_, err = Write("shop", append(shop(), shop()[0]))
	require.ErrorContains(t, err, `two files are called "compose.yaml"`)
}

// entry is an entry of an archive by another program.
type entry struct {
	tar.Header
	content string
}

func regular(name, content string) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content))}, content}
}

func folder(name string) entry {
	return entry{tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}, ""}
}

func special(kind byte, name, target string) entry {
	return entry{tar.Header{Typeflag: kind, Name: name, Linkname: target}, ""}
}

// tarOf is an uncompressed archive of entries.
func tarOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		require.NoError(t, w.WriteHeader(&e.Header))
		_, err := io.WriteString(w, e.content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func zipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// TestReadOthers reads archives of other programs.
func TestReadOthers(t *testing.T) {
	setuid := regular("./app/run", "x")
	setuid.Mode = 0o6755
	global := entry{tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "0123"}}, ""}
	a, err := Read(bytes.NewReader(zipped(t, tarOf(t, global, folder("./"), folder("./app/"), regular("./app/compose.yaml", "a"), setuid, folder("app/")))))
	require.NoError(t, err)
	require.Equal(t, &Archive{Folder: "app", Files: []File{{Name: "compose.yaml", Content: []byte("a")}, {Name: "run", Content: []byte("x"), Executable: true}}}, a)
}

func TestReadRejects(t *testing.T) {
	compose := regular("app/compose.yaml", "a")
	plain := tarOf(t, compose)
	for name, test := range map[string]struct {
		raw    []byte
		reason string
	}{
		"no content":                          {nil, "it is not compressed with gzip"},
		"not compressed":                      {plain, "it is not compressed with gzip"},
		"not a tar file":                      {zipped(t, []byte("hello")), "it is truncated or damaged"},
		"empty":                               {zipped(t, tarOf(t)), "it has no compose.yaml in its folder"},
		"no folder":                           {zipped(t, tarOf(t, regular("compose.yaml", "a"))), `its file "compose.yaml" is not in a folder`},
		"another name":                        {zipped(t, tarOf(t, regular("app/docker-compose.yaml", "a"))), "it has no compose.yaml"},
		"in a subfolder":                      {zipped(t, tarOf(t, regular("app/sub/compose.yaml", "a"))), "it has no compose.yaml"},
		"a folder of that name":               {zipped(t, tarOf(t, folder("app/compose.yaml"))), "it has no compose.yaml"},
		"two folders":                         {zipped(t, tarOf(t, compose, regular("b/x", "a"))), `it has more than one folder: "app" and "b"`},
		"a second, empty folder":              {zipped(t, tarOf(t, compose, folder("b/"))), "it has more than one folder"},
		"an absolute name":                    {zipped(t, tarOf(t, compose, regular("/etc/passwd", "a"))), "points outside its folder"},
		"traversal":                           {zipped(t, tarOf(t, compose, regular("app/../../x", "a"))), "points outside its folder"},
		"traversal that returns":              {zipped(t, tarOf(t, compose, regular("app/../app/x", "a"))), "points outside its folder"},
		"a link to the folder":                {links(t, "l", "."), "too many levels of links"},
		"a link to outside":                   {links(t, "l", "../x"), `its link "app/l": it points outside its folder`},
		"a link to outside, through another":  {links(t, "l", "d/up/../x", "d/up", ".."), "it points outside its folder"},
		"a link that leaves and returns":      {links(t, "l", "../app/compose.yaml"), "it points outside its folder"},
		"an absolute link":                    {links(t, "l", "/etc/passwd"), "points outside its folder"},
		"a link to nothing":                   {links(t, "l", "gone"), "its target does not exist"},
		"a link to itself":                    {links(t, "l", "l"), "too many levels of links"},
		"a loop of links":                     {links(t, "a", "b", "b", "a/x"), "too many levels of links"},
		"links that multiply":                 {links(t, multiplied()...), "it has more than 4096 entries"},
		"a link and a folder":                 {zipped(t, tarOf(t, compose, folder("app/d/"), special(tar.TypeSymlink, "app/l", "d"), regular("app/l/x", "a"))), `it has "app/l" as a link and as a folder`},
		"a duplicate link":                    {zipped(t, tarOf(t, compose, special(tar.TypeSymlink, "app/l", "compose.yaml"), regular("app/l", "a"))), `it has "app/l" twice`},
		"a hard link to outside":              {zipped(t, tarOf(t, compose, special(tar.TypeLink, "app/l", "../etc/passwd"))), `its hard link "app/l" has no earlier file as its target`},
		"an absolute hard link":               {zipped(t, tarOf(t, compose, special(tar.TypeLink, "app/l", "/etc/passwd"))), "points outside its folder"},
		"a hard link to a later entry":        {zipped(t, tarOf(t, special(tar.TypeLink, "app/l", "app/compose.yaml"), compose)), "has no earlier file as its target"},
		"a device":                            {zipped(t, tarOf(t, compose, special(tar.TypeChar, "app/d", ""))), "neither a file nor a folder"},
		"a pipe":                              {zipped(t, tarOf(t, compose, special(tar.TypeFifo, "app/p", ""))), "neither a file nor a folder"},
		"a duplicate file":                    {zipped(t, tarOf(t, compose, compose)), `it has "app/compose.yaml" twice`},
		"a duplicate file under another path": {zipped(t, tarOf(t, compose, regular("./app//compose.yaml", "b"))), `it has "app/compose.yaml" twice`},
		"a file and a folder":                 {zipped(t, tarOf(t, compose, folder("app/compose.yaml/"))), `it has "app/compose.yaml" twice`},
		"the folder is a file":                {zipped(t, tarOf(t, folder("app/"), regular("app", "a"))), "is not in a folder"},
		"truncated":                           {zipped(t, plain[:512]), "it is truncated or damaged"},
		"compressed, truncated":               {zipped(t, plain)[:40], "it is truncated or damaged"},
		"a wrong checksum":                    {flipped(zipped(t, plain)), "it is truncated or damaged"},
		"content after the end":               {zipped(t, append(bytes.Clone(plain), "hidden"...)), "it has content after its end"},
		"a second archive":                    {zipped(t, append(bytes.Clone(plain), plain...)), "it has content after its end"},
		"more after the archive":              {append(zipped(t, plain), "hidden"...), "it is truncated or damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(test.raw))
			require.ErrorContains(t, err, test.reason)
		})
	}
}

// links is an archive with symbolic links: names below its folder, each with its target.
func links(t testing.TB, namesAndTargets ...string) []byte {
	t.Helper()
	entries := []entry{regular("app/compose.yaml", "a")}
	for i := 0; i < len(namesAndTargets); i += 2 {
		entries = append(entries, special(tar.TypeSymlink, "app/"+namesAndTargets[i], namesAndTargets[i+1]))
	}
	return zipped(t, tarOf(t, entries...))
}

// multiplied are links that double at each of 30 levels and contain no file.
func multiplied() []string {
	all := []string{"d0/end", "../e/f/.."}
	for i := 1; i < 30; i++ {
		for _, name := range []string{"a", "b"} {
			all = append(all, fmt.Sprintf("d%d/%s", i, name), fmt.Sprintf("../d%d", i-1))
		}
	}
	return append(all, "e/f/g", "../../compose.yaml")
}

// TestReadLinks: a link is read as a copy of its target in the folder.
func TestReadLinks(t *testing.T) {
	run := regular("app/conf/run", "#!")
	run.Mode = 0o755
	a, err := Read(bytes.NewReader(zipped(t, tarOf(t,
		special(tar.TypeSymlink, "app/compose.yaml", "docker-compose.yaml"),
		special(tar.TypeSymlink, "app/current", "./conf/"),
		special(tar.TypeSymlink, "app/deep/er/run", "../../current/run"),
		regular("app/docker-compose.yaml", "a"), folder("app/conf/"), run,
		special(tar.TypeSymlink, "app/conf/same", "run"),
		special(tar.TypeLink, "app/hard", "./app/conf/run"),
	))))
	require.NoError(t, err)
	var names []string
	for _, f := range a.Files {
		names = append(names, fmt.Sprint(f.Name, " ", string(f.Content), " ", f.Executable))
	}
	require.Equal(t, []string{
		"docker-compose.yaml a false", "conf/run #! true", "hard #! true", "compose.yaml a false",
		"current/run #! true", "current/same #! true", "deep/er/run #! true", "conf/same #! true",
	}, names)
}

// flipped is compressed content with a wrong checksum.
func flipped(raw []byte) []byte {
	raw[len(raw)-8] ^= 1
	return raw
}

// zeros is n zero bytes.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// bomb is a small archive with a large file.
func bomb(t *testing.T, files int, size int64, after int64) io.Reader {
	t.Helper()
	r, w := io.Pipe()
	go func() {
		compressed := gzip.NewWriter(w)
		archive := tar.NewWriter(compressed)
		_ = archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "app/compose.yaml"})
		for i := range files {
			if archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprintf("app/%d", i), Size: size}) != nil {
				break
			}
			if _, err := io.Copy(archive, zeros(size)); err != nil {
				break
			}
		}
		_ = archive.Close()
		_, _ = io.Copy(compressed, zeros(after))
		_ = compressed.Close()
		_ = w.Close()
	}()
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// counting counts the bytes that are read.
type counting struct {
	io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// TestReadIsBounded reads endless archives, with low limits.
func TestReadIsBounded(t *testing.T) {
	small := limits{content: 1 << 20, entries: 8}
	for name, archive := range map[string]io.Reader{
		"one large file":          bomb(t, 1, small.content+1, 0),
		"several files":           bomb(t, 3, small.content/2, 0),
		"zeros after the end":     bomb(t, 0, 0, 1<<40),
		"zeros after the maximum": bomb(t, 2, small.content/2, 1<<40),
		"an endless file":         bomb(t, 1, 1<<40, 0),
	} {
		t.Run(name, func(t *testing.T) {
			read := &counting{Reader: archive}
			_, err := small.read(read)
			require.ErrorContains(t, err, "its files have more than 1 MiB")
			require.Less(t, read.n, int64(1<<20), "the compressed archive is not read to its end")
		})
	}
	_, err := small.read(bomb(t, small.entries, 0, 0))
	require.ErrorContains(t, err, "it has more than 8 entries")
	_, err = small.read(bomb(t, 2, small.content/2, 0))
	require.NoError(t, err, "the maximum")
}

// TestReadLimits checks the limits of [Read] with values in headers.
func TestReadLimits(t *testing.T) {
	_, err := Read(bomb(t, 1, MaxContent+1, 0))
	require.ErrorContains(t, err, "its files have more than 64 MiB")
	_, err = Read(bomb(t, maxEntries, 0, 0))
	require.ErrorContains(t, err, "it has more than 4096 entries")
	_, err = Read(bomb(t, maxEntries-1, 0, 0))
	require.NoError(t, err)
}

func FuzzRead(f *testing.F) {
	whole, err := Write("shop", shop())
	require.NoError(f, err)
	f.Add(whole)
	f.Add(links(f, "l", "/etc"))
	f.Add(links(f, "l", "compose.yaml", "d/l", "../l", "e", "d"))
	f.Add(zipped(f, tarOf(f, regular("a/compose.yaml", "a"), regular("a/../b", "a"))))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, content := range [][]byte{raw, zipped(t, raw)} {
			a, err := Read(bytes.NewReader(content))
			if err != nil {
				continue
			}
			// A parsed archive can be written, with the same result.
			written, err := Write(a.Folder, a.Files)
			require.NoError(t, err)
			again, err := Read(bytes.NewReader(written))
			require.NoError(t, err)
			require.Equal(t, a.Folder, again.Folder)
			require.ElementsMatch(t, a.Files, again.Files)
		}
	})
}

func TestVersion(t *testing.T) {
	for tag, want := range map[string]string{
		"1.2.3": "1.2.3", "0.0.1-rc.1": "0.0.1-rc.1", "1.2.3_build.5": "1.2.3+build.5", "1.2.3-a-b_1-2": "1.2.3-a-b+1-2",
	} {
		version, err := VersionOf(tag)
		require.NoError(t, err, tag)
		require.Equal(t, want, version)
		require.Equal(t, tag, TagOf(version))
	}
	for tag, reason := range map[string]string{
		"v1.2.3": "write 1.2.3", "v1.2.3_b": "write 1.2.3_b", "latest": "not a SemVer", "1.2": "not a SemVer 2.0 version", "1.02.3": "not a SemVer 2.0 version",
		"1.2.3_a_b": "not a SemVer 2.0 version", "1.2.3-": "not a SemVer 2.0 version", "": "not a SemVer 2.0 version",
	} {
		_, err := VersionOf(tag)
		require.ErrorContains(t, err, reason, tag)
	}
}
