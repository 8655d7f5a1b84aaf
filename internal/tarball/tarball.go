// Package tarball writes files as compressed tar files, which are the same bytes each time.
package tarball

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"
)

// A File is a file of an archive.
type File struct {
	// Name is the path below the archive's folder, with slashes.
	Name    string
	Content []byte
	// Executable tells that the file's owner may execute it.
	Executable bool
}

// Write returns an archive of files in a folder, whose names are in their order; in no folder
// if it is empty. No two files have the same name. There are no times and owners in it: the
// same files give the same bytes, as long as the compressing library is the same.
func Write(folder string, files []File) ([]byte, error) {
	byName := map[string]File{}
	for _, f := range files {
		if _, twice := byName[f.Name]; twice {
			return nil, fmt.Errorf("two files are called %q", f.Name)
		}
		byName[f.Name] = f
	}
	var b bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	compressed.ModTime = time.Unix(0, 0)
	archive := tar.NewWriter(compressed)
	for _, dir := range folders(slices.Collect(maps.Keys(byName))) {
		if dir = path.Join(folder, dir); dir == "." {
			continue
		}
		if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755, ModTime: time.Unix(0, 0)}); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if err := writeFile(archive, folder, byName[name]); err != nil {
			return nil, fmt.Errorf("file %q: %w", name, err)
		}
	}
	if err := errors.Join(archive.Close(), compressed.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func writeFile(archive *tar.Writer, folder string, f File) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: path.Join(folder, f.Name), Size: int64(len(f.Content)), Mode: 0o644, ModTime: time.Unix(0, 0)}
	if f.Executable {
		header.Mode = 0o755
	}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err := archive.Write(f.Content)
	return err
}

// folders are the folders of files, "." first, each before what is in it.
func folders(names []string) []string {
	all := map[string]bool{".": true}
	for _, name := range names {
		for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
			all[dir] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
