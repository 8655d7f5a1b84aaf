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

// Limits of an archive, far above what applications have. What is read is in memory.
const (
	// MaxSize is how many bytes an archive has at most, and MaxContent the files in it.
	MaxSize    = 64 << 20
	MaxContent = 64 << 20
	maxEntries = 4096
)

// limits are what is read of an archive at most.
type limits struct {
	// content is the size of all files together, in bytes, and entries the number of entries.
	content int64
	entries int
}

// total returns how many bytes a decompressed archive has at most.
func (l limits) total() int64 { return l.content + int64(l.entries)*overhead }

// An Archive is what was read of one.
type Archive struct {
	// Folder is the name of its only folder.
	Folder string
	// Files are in the order of the archive, under names that stay in the folder. No two are
	// the same.
	Files []File
}

// Read reads an archive, which is not trusted. It errors for anything that an archive of a
// Compose application does not have: files outside of its only folder, links that lead out of
// it, devices, a file twice, more than [MaxContent] bytes, and content after its end. Modes
// other than that a file may be executed are not kept. A link is read as a copy of what it
// leads to.
func Read(compressed io.Reader) (*Archive, error) {
	return limits{content: MaxContent, entries: maxEntries}.read(compressed)
}

func (l limits) read(compressed io.Reader) (*Archive, error) {
	content, err := gzip.NewReader(compressed)
	if err != nil {
		return nil, fmt.Errorf("it is not compressed with gzip: %w", err)
	}
	// One byte more tells what is too long from what is just as long.
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

// overhead is how many bytes the headers of a file have at most that are not counted as its
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

// A tooLargeError says why reading ended early: the content has more bytes than the limit.
type tooLargeError struct{ limit int64 }

func (e *tooLargeError) Error() string {
	return fmt.Sprintf("its files have more than %d MiB", e.limit>>20)
}

// explain says what an error of the tar reader means.
func (r *reader) explain(err error) error {
	if r.limited.N <= 0 {
		return &tooLargeError{r.limits.content}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
		return fmt.Errorf("it is cut off or damaged: %w", err)
	}
	return err
}

// entry takes one entry.
func (r *reader) entry(header *tar.Header) error {
	if r.entries++; r.entries > r.limits.entries {
		return fmt.Errorf("it has more than %d entries", r.limits.entries)
	}
	switch header.Typeflag {
	case tar.TypeReg, tar.TypeDir, tar.TypeSymlink, tar.TypeLink:
	case tar.TypeXGlobalHeader:
		return nil // says nothing of a file
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

// name is the clean name of an entry; "." for the folder that the archive is in, which some
// programs list.
func (r *reader) name(header *tar.Header) (string, error) {
	clean := path.Clean(header.Name)
	if header.Name == "" || path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || hasParent(header.Name) {
		return "", fmt.Errorf("its %q leads out of its folder", header.Name)
	}
	if clean == "." {
		if header.Typeflag != tar.TypeDir {
			return "", fmt.Errorf("its %q is no folder", header.Name)
		}
		return clean, nil
	}
	top, _, below := strings.Cut(clean, "/")
	if !below && header.Typeflag != tar.TypeDir {
		return "", fmt.Errorf("its file %q is in no folder: everything has to be in one", clean)
	}
	if r.archive.Folder == "" {
		r.archive.Folder = top
	}
	if top != r.archive.Folder {
		return "", fmt.Errorf("it has more than one folder: %q and %q", r.archive.Folder, top)
	}
	return clean, nil
}

// hasParent tells whether a part of a path is "..".
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

// end reads what follows the last entry: nothing but zeros, and a checksum.
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
