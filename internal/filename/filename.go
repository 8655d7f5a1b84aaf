// Package filename knows which names a file of a composition may have: those that mean the
// same file on every file system, in its folder and nowhere else. It also knows the names
// of files that other programs read or run by themselves.
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

// Limits of file names, in bytes and folders: what common file systems hold.
const (
	maxNameLength      = 1024
	maxComponentLength = 255
	maxNameDepth       = 64
)

// ReservedPrefix is what no file name of a composition begins with: folders for temporary
// files are called so while a composition is pulled.
const ReservedPrefix = ".ocompose-"

// Check refuses a file name that could lead out of its folder or name another file
// than it seems to, on any operating system.
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
			return fmt.Errorf("the file name %q has a part that ends with a dot or a space, which Windows leaves out", name)
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

// isGit tells whether a part of a path is the folder of a Git repository, whose hooks run
// by themselves: in any case, with characters that HFS+ ignores, or by its short name on
// NTFS.
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

// A Set is the names of a composition's files. No two of them are the same on a file
// system that ignores case or the form of Unicode characters, and no file is the folder of
// another.
type Set struct {
	// files and folders are the names as written, by how such a file system sees them.
	files, folders map[string]string
}

// NewSet returns an empty set.
func NewSet() *Set {
	return &Set{files: map[string]string{}, folders: map[string]string{}}
}

// Has reports whether a file has the name, in any spelling.
func (n *Set) Has(name string) bool { _, ok := n.files[Folded(name)]; return ok }

// Add takes a name, or says why no file may have it.
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

// Folded is a name in the form in which names are equal that a file system may take for
// the same: without case, decomposed.
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
