package storage

import (
	"path/filepath"
	"strings"

	"github.com/ocompose/ocompose/internal/filename"
)

// Names of repositories and tags become names of folders and files. File systems of macOS and
// Windows ignore case, and Windows leaves out a dot at the end and has names for devices: such
// names are escaped by a "!", which neither repositories nor tags have. They are on every
// system, so that a folder can be moved to another one.
const escape = "!"

// tagFile is the name of the file of a tag.
func tagFile(tag string) string {
	var b strings.Builder
	if filename.IsDevice(tag) {
		b.WriteString(escape + "-")
	}
	for _, r := range tag {
		if 'A' <= r && r <= 'Z' {
			b.WriteString(escape)
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	if strings.HasSuffix(tag, ".") {
		b.WriteString(escape)
	}
	return b.String()
}

// fileTag is the tag of a file, and false for a file that tagFile does not name.
func fileTag(file string) (string, bool) {
	rest := strings.TrimPrefix(file, escape+"-")
	var b strings.Builder
	for i := 0; i < len(rest); i++ {
		if rest[i] == escape[0] && i+1 < len(rest) {
			i++
			b.WriteString(strings.ToUpper(rest[i : i+1]))
		} else if rest[i] != escape[0] {
			b.WriteByte(rest[i])
		}
	}
	tag := b.String()
	return tag, IsTag(tag) && tagFile(tag) == file
}

// repositoryFolder is the folder of a repository, below that of all.
func repositoryFolder(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		if filename.IsDevice(part) {
			parts[i] = escape + part
		}
	}
	return filepath.Join(parts...)
}

// folderRepository is the repository of a folder, and false for a folder that repositoryFolder
// does not name.
func folderRepository(folder string) (string, bool) {
	parts := strings.Split(filepath.ToSlash(folder), "/")
	for i, part := range parts {
		parts[i] = strings.TrimPrefix(part, escape)
	}
	name := strings.Join(parts, "/")
	return name, len(name) <= MaxNameLength && IsName(name) && repositoryFolder(name) == filepath.FromSlash(folder)
}
