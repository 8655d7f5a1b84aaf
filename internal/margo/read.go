package margo

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Limits of an archive, far above the needs of applications. Archives are read into memory.
const (
	// MaxSize is the maximum size of an archive in bytes, and MaxContent that of its files.
	MaxSize    = 64 << 20
	MaxContent = 64 << 20
	maxEntries = 4096
)

// limits are the limits of an archive.
type limits struct {
	// content is the total size of all files in bytes, and entries the number of entries.
	content int64
	entries int
}

// total returns the maximum size of a decompressed archive in bytes.
func (l limits) total() int64 { return l.content + int64(l.entries)*overhead }

// An Archive is the content of an archive.
type Archive struct {
	// Folder is the name of its only folder.
	Folder string
	// Files are in the order of the archive, under names that stay in the folder. No two are
	// the same.
	Files []File
}

// Read reads an untrusted archive. It fails for anything that an archive of a Compose
// application does not have: files outside its only folder, links that point outside it,
// devices, duplicate files, more than [MaxContent] bytes, and content after its end. Of the
// file modes, only the executable bit is kept. A link is read as a copy of its target.
func Read(compressed io.Reader) (*Archive, error) {
	return limits{content: MaxContent, entries: maxEntries}.read(compressed)
}

func (l limits) read(compressed io.Reader) (*Archive, error) {
	content, err := gzip.NewReader(compressed)
	if err != nil {
		return nil, fmt.Errorf("it is not compressed with gzip: %w", err)
	}
	// One more byte to detect content that exceeds the limit.
	limited := &io.LimitedReader{R: content, N: l.total() + 1}
	r := reader{limits: l, limited: limited, tar: tar.NewReader(limited), seen: map[string]bool{}, files: map[string]int{}}
	for {
		header, err := r.tar.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.entry(header)
		}
		if err != nil {
			return nil, r.explain(err)
		}
	}
	if err := r.end(); err != nil {
		return nil, r.explain(err)
	}
	if err := r.resolveLinks(); err != nil {
		return nil, err
	}
	if !r.seen[path.Join(r.archive.Folder, ComposeFile)] || r.archive.Folder == "" {
		return nil, fmt.Errorf("it has no %s in its folder", ComposeFile)
	}
	return &r.archive, nil
}

// overhead is the maximum size of a file's headers in bytes, which are not counted as
// content.
const overhead = 8 << 10

type reader struct {
	limits  limits
	limited *io.LimitedReader
	tar     *tar.Reader
	archive Archive
	// seen are the full names, true for a file or a link and false for a folder.
	seen map[string]bool
	// files are the indexes of the files by their full names.
	files   map[string]int
	links   []link
	entries int
	size    int64
}

// A tooLargeError reports that the content exceeds the limit.
type tooLargeError struct{ limit int64 }

func (e *tooLargeError) Error() string {
	return fmt.Sprintf("its files have more than %d MiB", e.limit>>20)
}

// explain adds the meaning to an error of the tar reader.
func (r *reader) explain(err error) error {
	if r.limited.N <= 0 {
		return &tooLargeError{r.limits.content}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
		return fmt.Errorf("it is truncated or damaged: %w", err)
	}
	return err
}

// entry reads one entry.
func (r *reader) entry(header *tar.Header) error {
	if r.entries++; r.entries > r.limits.entries {
		return fmt.Errorf("it has more than %d entries", r.limits.entries)
	}
	switch header.Typeflag {
	case tar.TypeReg, tar.TypeDir, tar.TypeSymlink, tar.TypeLink:
	case tar.TypeXGlobalHeader:
		return nil // does not describe a file
	default:
		return fmt.Errorf("its %q is neither a file nor a folder", header.Name)
	}
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse") {
			return fmt.Errorf("its %q is a sparse file", header.Name)
		}
	}
	name, err := r.name(header)
	if err != nil || name == "." {
		return err
	}
	isFile := header.Typeflag != tar.TypeDir
	if was, twice := r.seen[name]; twice && (isFile || was) {
		return fmt.Errorf("it has %q twice", name)
	}
	r.seen[name] = isFile
	switch header.Typeflag {
	case tar.TypeDir:
		return nil
	case tar.TypeSymlink, tar.TypeLink:
		return r.link(header, name)
	}
	return r.file(header, name)
}

// name returns the clean name of an entry; "." for the root folder, which some programs
// list.
func (r *reader) name(header *tar.Header) (string, error) {
	clean := path.Clean(header.Name)
	if header.Name == "" || path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || hasParent(header.Name) {
		return "", fmt.Errorf("its %q points outside its folder", header.Name)
	}
	if clean == "." {
		if header.Typeflag != tar.TypeDir {
			return "", fmt.Errorf("its %q is not a folder", header.Name)
		}
		return clean, nil
	}
	top, _, below := strings.Cut(clean, "/")
	if !below && header.Typeflag != tar.TypeDir {
		return "", fmt.Errorf("its file %q is not in a folder: all files must be in one folder", clean)
	}
	if r.archive.Folder == "" {
		r.archive.Folder = top
	}
	if top != r.archive.Folder {
		return "", fmt.Errorf("it has more than one folder: %q and %q", r.archive.Folder, top)
	}
	return clean, nil
}

// hasParent reports whether a part of a path is "..".
func hasParent(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return true
		}
	}
	return false
}

// file reads the content of a file with the full name.
func (r *reader) file(header *tar.Header, name string) error {
	if header.Size < 0 || header.Size > r.limits.content-r.size {
		return &tooLargeError{r.limits.content}
	}
	content, err := io.ReadAll(r.tar)
	if err != nil {
		return err
	}
	if int64(len(content)) != header.Size {
		return fmt.Errorf("its %q has %d bytes, not %d", header.Name, len(content), header.Size)
	}
	r.size += header.Size
	r.add(File{Content: content, Executable: header.Mode&0o100 != 0}, name)
	return nil
}

// end reads the rest after the last entry, which must be zeros and a checksum.
func (r *reader) end() error {
	rest := make([]byte, 32<<10)
	for {
		n, err := r.limited.Read(rest)
		for _, b := range rest[:n] {
			if b != 0 {
				return errors.New("it has content after its end")
			}
		}
		if errors.Is(err, io.EOF) && r.limited.N > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
