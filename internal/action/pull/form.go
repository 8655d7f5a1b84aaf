package pull

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/filename"
)

const (
	// overrideName is the name of an override that Docker Compose merges automatically.
	overrideName = "compose.override.yaml"
	// overrideMark is the first line of an override that pull wrote.
	overrideMark = "# Written by ocompose pull. Settings of your own belong into another file.\n"
	// nothing is an override that changes nothing.
	nothing = "services: {}\n"
)

// mainNames are the names of Compose files that Docker Compose finds automatically.
var mainNames = []string{"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"}

// A pullForm determines which files a folder gets.
type pullForm struct {
	// before are the main Compose file and the files before it, overrides the Compose files after
	// the main one, and after all other files.
	before, overrides, after []artifact.Layer
	// name is the name of the file with the overrides. own is true if the folder has another file
	// with the name that Docker Compose looks for.
	name string
	own  bool
	// misled is true if another file of the composition has a name by which Docker Compose finds
	// Compose files.
	misled bool
	// stale is true if the folder has overrides of another composition.
	stale bool
	// digest is the digest of the file with the overrides.
	digest v1.Hash
}

// newPullForm determines the files of a composition in a folder.
func newPullForm(layers []artifact.Layer, dir string) (*pullForm, error) {
	f := &pullForm{name: overrideName}
	isMain := func(l artifact.Layer) bool { return l.File.Kind == compose.ComposeFile }
	main := slices.IndexFunc(layers, isMain)
	taken := false
	for i, l := range layers {
		switch {
		case i <= main || main < 0:
			f.before = append(f.before, l)
		case isMain(l):
			f.overrides = append(f.overrides, l)
		default:
			f.after = append(f.after, l)
			taken = taken || filename.Folded(l.File.Name) == overrideName
			f.misled = f.misled || isFoundName(filename.Folded(l.File.Name))
		}
	}
	there, err := overrideIn(dir)
	if err != nil {
		return nil, err
	}
	f.own = there == overrideOwn
	f.stale = there == overridePulled
	if len(f.overrides) > 0 && (f.own || taken || !slices.Contains(mainNames, f.main())) {
		f.name = f.overrides[len(f.overrides)-1].File.Name
		if filename.Folded(f.name) == overrideName {
			f.name = compose.PinsFile
		}
	}
	return f, nil
}

// The state of the override's name in the folder.
type foundOverride int

const (
	overrideNone foundOverride = iota
	overrideOwn
	overridePulled
)

// PulledOverride returns the path of the override that pull wrote in a folder, or "" if
// there is none.
func PulledOverride(dir string) string {
	if there, err := overrideIn(dir); err != nil || there != overridePulled {
		return ""
	}
	return filepath.Join(dir, overrideName)
}

// overrideIn returns the state of the override's name in a folder.
func overrideIn(dir string) (foundOverride, error) {
	path := filepath.Join(dir, overrideName)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return overrideNone, nil
	case err != nil:
		return overrideNone, err
	case !info.Mode().IsRegular():
		return overrideOwn, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return overrideNone, err
	}
	defer file.Close()
	start := make([]byte, len(overrideMark))
	if _, err := io.ReadFull(file, start); err == nil && string(start) == overrideMark {
		return overridePulled, nil
	}
	return overrideOwn, nil
}

// main returns the name of the main Compose file.
func (f *pullForm) main() string {
	if len(f.before) == 0 {
		return ""
	}
	return f.before[len(f.before)-1].File.Name
}

// merges reports whether there is a file for the overrides: also an empty one, to replace
// those of another composition.
func (f *pullForm) merges() bool { return len(f.overrides) > 0 || f.stale }

// found reports whether Docker Compose finds all Compose files automatically.
func (f *pullForm) found() bool {
	return !f.misled && slices.Contains(mainNames, f.main()) && (len(f.overrides) == 0 || f.name == overrideName)
}

// isFoundName reports whether Docker Compose reads a file of the project folder automatically,
// as a Compose file or an override.
func isFoundName(name string) bool {
	base := strings.TrimSuffix(strings.TrimSuffix(name, ".yaml"), ".yml")
	return base != name && slices.Contains([]string{"compose", "docker-compose", "compose.override", "docker-compose.override"}, base)
}

// layers returns the files of the folder, given the content of the overrides.
func (f *pullForm) layers(merged []byte) ([]artifact.Layer, error) {
	all := slices.Clone(f.before)
	if f.merges() {
		digest, size, err := v1.SHA256(bytes.NewReader(merged))
		if err != nil {
			return nil, err
		}
		f.digest = digest
		all = append(all, artifact.Layer{
			File:       compose.File{Name: f.name, Kind: compose.ComposeFile},
			Descriptor: v1.Descriptor{Digest: digest, Size: size},
		})
	}
	all = append(all, f.pins()...)
	all = append(all, f.after...)
	names := filename.NewSet()
	for _, l := range all {
		if err := names.Add(l.File.Name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// pins is the pins file under its own name, for commands that name it, if the overrides are
// merged into another file.
func (f *pullForm) pins() []artifact.Layer {
	if f.name == compose.PinsFile {
		return nil
	}
	i := slices.IndexFunc(f.overrides, func(l artifact.Layer) bool { return l.File.Name == compose.PinsFile })
	if i < 0 {
		return nil
	}
	pins := f.overrides[i]
	pins.File.Kind = compose.RestoredFile
	return []artifact.Layer{pins}
}

// isMerged reports whether a layer is the file of overrides.
func (f *pullForm) isMerged(l artifact.Layer) bool {
	return f.merges() && l.File.Name == f.name && l.File.Kind == compose.ComposeFile && l.Descriptor.Digest == f.digest
}

// merged joins Compose files into one, as Docker Compose does. Only the file that Docker Compose
// merges automatically is marked: the pins file is the same in every folder.
func (f *pullForm) merged(contents [][]byte) []byte {
	if len(contents) == 0 {
		contents = [][]byte{[]byte(nothing)}
	}
	all := bytes.Join(contents, []byte("\n---\n"))
	if f.name != overrideName {
		return all
	}
	return append([]byte(overrideMark), all...)
}
