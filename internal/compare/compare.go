// Package compare finds the differences between two applications.
package compare

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/report"
)

// An Application has the parts of a composition or project to compare.
type Application struct {
	// Platforms are the platforms of the package's compositions; nil for a project, whose
	// platforms are not compared.
	Platforms []string
	Services  []string
	// Images are the images by [compose.Image.Path].
	Images map[string]report.ComparedImage
	// Files are the files by name.
	Files     map[string]File
	Variables []compose.Variable
}

// A File is a file of an application.
type File struct {
	Kind       compose.Kind
	Executable bool
	// Digest is the digest of the content, for a Compose file without its images.
	Digest string
}

// Compare returns the differences between a and b. It sets only the changes and Same of the
// result.
func Compare(a, b Application) report.Difference {
	d := report.Difference{
		Platforms: []report.Change{},
		Services:  names(a.Services, b.Services),
		Images:    images(a.Images, b.Images),
		Files:     files(a.Files, b.Files),
		Variables: variables(a.Variables, b.Variables),
	}
	if a.Platforms != nil && b.Platforms != nil {
		d.Platforms = names(a.Platforms, b.Platforms)
	}
	d.Same = len(d.Platforms)+len(d.Services)+len(d.Images)+len(d.Files)+len(d.Variables) == 0
	return d
}

// names returns the names that only one of a and b has, sorted.
func names(a, b []string) []report.Change {
	changes := []report.Change{}
	for _, name := range sorted(slices.Values(a), slices.Values(b)) {
		if change := presence(slices.Contains(a, name), slices.Contains(b, name)); change != report.Changed {
			changes = append(changes, report.Change{Name: name, Change: change})
		}
	}
	return changes
}

// presence returns the kind of change, given whether a and b have a thing.
func presence(inA, inB bool) string {
	switch {
	case !inA:
		return report.Added
	case !inB:
		return report.Removed
	}
	return report.Changed
}

func images(a, b map[string]report.ComparedImage) []report.ImageChange {
	changes := []report.ImageChange{}
	for _, path := range sorted(maps.Keys(a), maps.Keys(b)) {
		inA, okA := a[path]
		inB, okB := b[path]
		inA, inB = alike(inA, inB)
		c := report.ImageChange{Path: path, Service: cmp.Or(inA.Service, inB.Service), Change: presence(okA, okB)}
		if okA {
			c.A = &inA
		}
		if okB {
			c.B = &inB
		}
		if okA && okB {
			if c.Fields = imageFields(inA, inB); len(c.Fields) == 0 {
				continue
			}
		}
		changes = append(changes, c)
	}
	return changes
}

// alike picks the same image on both sides, if an image has several names with equal content.
func alike(a, b report.ComparedImage) (report.ComparedImage, report.ComparedImage) {
	for _, same := range []func(a, b report.ComparedImage) bool{
		func(a, b report.ComparedImage) bool { return a.Name == b.Name && a.Tag == b.Tag },
		func(a, b report.ComparedImage) bool { return a.Name == b.Name },
	} {
		for _, oneOfA := range append([]report.ComparedImage{a}, a.Others...) {
			for _, oneOfB := range append([]report.ComparedImage{b}, b.Others...) {
				if same(oneOfA, oneOfB) {
					return oneOfA, oneOfB
				}
			}
		}
	}
	return a, b
}

// imageFields returns the fields that differ. An unknown name or tag is not compared: a
// bundle may not record an image's source, and a reference by digest needs no tag. Such a
// reference names the image's current repository, which does not matter if the digest is
// the same.
func imageFields(a, b report.ComparedImage) []string {
	var fields []string
	kept := a.Digest == b.Digest && a.Digest != "" && (a.Tag == "" || b.Tag == "")
	if a.Name != b.Name && a.Name != "" && b.Name != "" && !kept {
		fields = append(fields, "name")
	}
	if a.Tag != b.Tag && a.Tag != "" && b.Tag != "" {
		fields = append(fields, "tag")
	}
	if a.Digest != b.Digest {
		fields = append(fields, "digest")
	}
	if a.Platform != b.Platform {
		fields = append(fields, "platform")
	}
	return fields
}

func files(a, b map[string]File) []report.FileChange {
	changes := []report.FileChange{}
	for _, name := range sorted(maps.Keys(a), maps.Keys(b)) {
		inA, okA := a[name]
		inB, okB := b[name]
		c := report.FileChange{Name: name, Change: presence(okA, okB)}
		if okA && okB {
			if c.Fields = fileFields(inA, inB); len(c.Fields) == 0 {
				continue
			}
		}
		changes = append(changes, c)
	}
	return changes
}

func fileFields(a, b File) []string {
	var fields []string
	if a.Digest != b.Digest {
		fields = append(fields, "content")
	}
	// How a file is restored depends on the format of the package, and is not a difference.
	if (a.Kind == compose.ComposeFile) != (b.Kind == compose.ComposeFile) {
		fields = append(fields, "kind")
	}
	if a.Executable != b.Executable {
		fields = append(fields, "executable")
	}
	return fields
}

func variables(a, b []compose.Variable) []report.VariableChange {
	byName := func(all []compose.Variable) map[string]compose.Variable {
		m := map[string]compose.Variable{}
		for _, v := range all {
			m[v.Name] = v
		}
		return m
	}
	inA, inB := byName(a), byName(b)
	changes := []report.VariableChange{}
	for _, name := range sorted(maps.Keys(inA), maps.Keys(inB)) {
		va, okA := inA[name]
		vb, okB := inB[name]
		if va == vb {
			continue
		}
		c := report.VariableChange{Name: name, Change: presence(okA, okB)}
		if okA {
			c.A = &va
		}
		if okB {
			c.B = &vb
		}
		changes = append(changes, c)
	}
	return changes
}

// sorted returns the values of both, each once, sorted.
func sorted(a, b func(func(string) bool)) []string {
	return slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for v := range a {
			if !yield(v) {
				return
			}
		}
		for v := range b {
			if !yield(v) {
				return
			}
		}
	}))
}
