// Package filename defines the valid file names in a composition: names that mean the same file,
// inside its folder, on every file system. It also lists the names of files that other programs
// read or run automatically.
package filename

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Limits of file names, in bytes and folders, as on common file systems.
const (
	maxNameLength      = 1024
	maxComponentLength = 255
	maxNameDepth       = 64
)

// ReservedPrefix is the prefix of temporary folders during a pull. No file name of a composition
// may begin with it.
const ReservedPrefix = ".ocompose-"

// Check rejects a file name that could point outside its folder, or mean another file on some
// operating system.
func Check(name string) error {
	switch {
	case name == "" || name == ".":
		return fmt.Errorf("the file name is empty")
	case len(name) > maxNameLength || strings.Count(name, "/") > maxNameDepth:
		return fmt.Errorf("the file name %q… is too long", strings.ToValidUTF8(name[:min(len(name), 60)], ""))
	case strings.ContainsAny(name, "\\:\x00") || strings.ContainsFunc(name, isControl) || !utf8.ValidString(name):
		return fmt.Errorf("the file name %q has characters that no file name of a composition may have", name)
	case path.IsAbs(name) || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../"):
		return fmt.Errorf("the file name %q points outside its folder", name)
	}
	for component := range strings.SplitSeq(name, "/") {
		switch {
		case len(component) > maxComponentLength:
			return fmt.Errorf("the file name %q is too long", name)
		case strings.HasSuffix(component, ".") || strings.HasSuffix(component, " "):
			return fmt.Errorf("the file name %q has a part that ends with a dot or a space, which Windows removes", name)
		case isGit(component):
			return fmt.Errorf("the file name %q has a part that is Git's own folder", name)
		case IsDevice(component):
			return fmt.Errorf("the file name %q has a part that is a device on Windows", name)
		}
	}
	if strings.HasPrefix(strings.ToLower(name), ReservedPrefix) {
		return fmt.Errorf("the file name %q begins with %s, which is reserved", name, ReservedPrefix)
	}
	return nil
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// isGit reports whether a component of a path is the folder of a Git repository, whose hooks run
// automatically: in any case, with characters that HFS+ ignores, or by its short name on NTFS.
func isGit(component string) bool {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, component)
	plain = Folded(plain)
	return plain == ".git" || plain == "git~1"
}

// IsDevice reports whether a component of a path is a Windows device name, with any extension.
//
// See https://learn.microsoft.com/windows/win32/fileio/naming-a-file.
func IsDevice(component string) bool {
	base, _, _ := strings.Cut(component, ".")
	base = strings.ToUpper(strings.TrimRight(base, " "))
	if slices.Contains([]string{"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}, base) {
		return true
	}
	for _, prefix := range []string{"COM", "LPT"} {
		if number, ok := strings.CutPrefix(base, prefix); ok && slices.Contains([]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³"}, number) {
			return true
		}
	}
	return false
}

// A Set is the names of a composition's files. No two of them are equal on a file system that
// ignores case or the form of Unicode characters, and no file is also a folder.
type Set struct {
	// files and folders map the folded names to the original ones.
	files, folders map[string]string
}

// NewSet returns an empty set.
func NewSet() *Set {
	return &Set{files: map[string]string{}, folders: map[string]string{}}
}

// Has reports whether a file has the name, in any spelling.
func (n *Set) Has(name string) bool { _, ok := n.files[Folded(name)]; return ok }

// Add adds a name, or returns an error if no file may have it.
func (n *Set) Add(name string) error {
	if err := Check(name); err != nil {
		return err
	}
	key := Folded(name)
	if other, ok := n.files[key]; ok && other == name {
		return fmt.Errorf("two files are called %q", name)
	} else if ok {
		return fmt.Errorf("the file names %q and %q differ only in case or in the form of their characters", other, name)
	}
	if other, ok := n.folders[key]; ok {
		return fmt.Errorf("%q is a file, and %q the folder of another file", name, other)
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		key := Folded(dir)
		if other, ok := n.files[key]; ok {
			return fmt.Errorf("%q is a file, and the folder of the file %q", other, name)
		}
		if other, ok := n.folders[key]; ok && other != dir {
			return fmt.Errorf("the folder names %q and %q differ only in case or in the form of their characters", other, dir)
		}
		n.folders[key] = dir
	}
	n.files[key] = name
	return nil
}

// Folded returns a name without case and decomposed. Names that a file system may consider equal
// have the same result.
//
// See https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-3/#G34145 (D145).
func Folded(name string) string {
	if isASCII(name) {
		return strings.ToLower(name)
	}
	return norm.NFD.String(cases.Fold().String(norm.NFD.String(name)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
