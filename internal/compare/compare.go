// Package compare tells how two applications differ.
package compare

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/report"
)

// An Application is what is compared of a composition or a project.
type Application struct {
	// Platforms are those that the package has compositions for; nil for a project, whose
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
	// Digest is that of the content; of a Compose file, that of the content but for the
	// images in it.
	Digest string
}

// Compare returns what differs between a and b. Only the changes and Same of the result are
// set.
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

// names are the names that only one of a and b has, sorted.
func names(a, b []string) []report.Change {
	changes := []report.Change{}
	for _, name := range sorted(slices.Values(a), slices.Values(b)) {
		if change := presence(slices.Contains(a, name), slices.Contains(b, name)); change != report.Changed {
			changes = append(changes, report.Change{Name: name, Change: change})
		}
	}
	return changes
}

// presence tells what became of something, by whether a and b have it.
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

// alike picks, where an image can be one of several with the same content, the one that the other
// side has.
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

// imageFields are the fields that differ. A name or tag that is not known is not compared:
// a bundle may not say where an image came from, and a reference by digest needs no tag. Such a
// reference names the place where the image is kept, which does not matter if it is the same.
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
	// How a file is restored depends on the format of the package, and is no difference.
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

// sorted are the values of both, each once.
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
