// Package pinning pins the images of a project: it edits references where they are
// written, or overrides them in a file of pins. What it makes means the same as the
// project, but for the images.
package pinning

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/source"
)

// A File is one of the Compose files of a project.
type File struct {
	Name    string
	Content []byte
}

// A Pin is what one place gets.
type Pin struct {
	// Ref is the new reference.
	Ref string
	// InPlace asks for the reference to be edited where it is written.
	InPlace bool
}

// A Project is what is pinned.
type Project struct {
	// Files are the Compose files, in order, a file of pins possibly among them.
	Files []File
	// Places are the paths of the places to pin.
	Places []string
	// Load loads the model of files, with paths as they are written. With asWritten,
	// variables stay as they are written, too.
	Load func(ctx context.Context, files []File, asWritten bool) (map[string]any, error)
	// Interpolate replaces the variables in a text, and returns "" for what is no valid
	// template.
	Interpolate func(string) string
}

// A Pinner pins a project, once for each platform: what the pins have no part in is read
// only once. It is not safe for concurrent use.
type Pinner struct {
	project Project
	// files are the compose files without the pins file, and model is theirs.
	files []File
	model map[string]any
	// traced tells that candidates and found are known: the values in the files that may
	// name an image, and where they come out.
	traced     bool
	candidates []*candidate
	found      trace
}

// New reads a project for pinning.
func New(ctx context.Context, project Project) (*Pinner, error) {
	p := &Pinner{project: project}
	return p, p.readUnpinned(ctx)
}

// readUnpinned loads the compose files without the pins file. A file of that name that
// says more than images is no pins file: it stays, under another name.
func (p *Pinner) readUnpinned(ctx context.Context) error {
	all := p.project.Files
	p.files = slices.DeleteFunc(slices.Clone(all), func(f File) bool { return f.Name == source.PinsName })
	var err error
	p.model, err = p.project.Load(ctx, p.files, false)
	if len(p.files) == len(all) {
		return err
	}
	whole, wholeErr := p.project.Load(ctx, all, false)
	if wholeErr != nil {
		return wholeErr
	}
	if err == nil && onlyPins(p.model, whole) {
		return nil
	}
	p.files, p.model = slices.Clone(all), whole
	for i := range p.files {
		if p.files[i].Name == source.PinsName {
			p.files[i].Name = "compose." + source.PinsName
		}
	}
	return nil
}

// Pin returns the compose files, pinned, and the pins file after them if it is needed.
func (p *Pinner) Pin(ctx context.Context, pins map[string]Pin) ([]File, error) {
	if missing := p.withoutPin(pins); len(missing) > 0 {
		return nil, fmt.Errorf("no pin for %s", strings.Join(missing, ", "))
	}
	targets, err := findTargets(p.project.Places, pins, p.model)
	if err != nil {
		return nil, err
	}
	return p.pin(ctx, targets)
}

// withoutPin lists the places without a pin.
func (p *Pinner) withoutPin(pins map[string]Pin) []string {
	return slices.DeleteFunc(slices.Clone(p.project.Places), func(path string) bool { return pins[path].Ref != "" })
}

// A target is a place of the model and the pin that it gets.
type target struct {
	// path names the place, and at is where it is in the model.
	path string
	at   model.Path
	pin  Pin
	// now is what stands there without the pin.
	now string
}

// findTargets finds the places in the model, in a stable order.
func findTargets(paths []string, pins map[string]Pin, tree map[string]any) ([]target, error) {
	index := place.Index(tree)
	targets := map[string]target{}
	for _, path := range paths {
		pin := pins[path]
		image, ok := index[path]
		if !ok {
			if inheritsPin(path, pins) {
				continue
			}
			return nil, fmt.Errorf("the project has no place %q", path)
		}
		key := image.At.Key()
		if other, taken := targets[key]; taken && other.pin.Ref != pin.Ref {
			return nil, fmt.Errorf("%q and %q are the same place and want different pins", other.path, path)
		}
		targets[key] = target{path: path, at: image.At, pin: pin, now: image.Ref}
	}
	ordered := make([]target, 0, len(targets))
	for _, key := range slices.Sorted(maps.Keys(targets)) {
		ordered = append(ordered, targets[key])
	}
	return ordered, nil
}

// inheritsPin reports whether a path is that of a hook that names no image, and whose
// service gets the same pin.
func inheritsPin(path string, pins map[string]Pin) bool {
	at := strings.LastIndex(path, ".pre_start.")
	return at > 0 && strings.HasSuffix(path, ".image") && pins[path].Ref == pins[path[:at]+".image"].Ref
}

// maxAttempts bounds how often edits are taken back at one place after the other, before
// all of them are.
const maxAttempts = 10

// pin edits what can be edited in place, overrides the rest, and reads the result back.
// If that does not mean what it should, it tries again with less: without the edits at
// the place that differs, without variables in repeated lists, without edits.
func (p *Pinner) pin(ctx context.Context, targets []target) ([]File, error) {
	changes := p.findEdits(ctx, targets)
	lists := listCopier{model: p.model, interpolate: p.project.Interpolate, load: func() map[string]any {
		written, _ := p.project.Load(ctx, p.files, true)
		return written
	}}
	for attempt := 0; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if attempt == maxAttempts {
			changes = nil
		}
		pinned, at, err := p.try(ctx, changes, targets, &lists)
		switch {
		case err == nil:
			return pinned, nil
		case p.found.dropReaching(changes, at):
		case lists.written != nil:
			lists.written = nil
		case len(changes) > 0:
			changes = nil
		default:
			return nil, err
		}
	}
}

// try makes the pinned files and compares their model with the original. An error comes
// with the key of the place that differs, if it is about one.
func (p *Pinner) try(ctx context.Context, changes edits, targets []target, lists *listCopier) ([]File, string, error) {
	rest := p.found.undecided(changes, targets)
	pinned, err := editFiles(p.files, changes)
	if err != nil {
		return nil, "", err
	}
	content, err := override(rest, targets, lists)
	if err != nil {
		return nil, "", fmt.Errorf("writing %s: %w", source.PinsName, err)
	}
	if len(content) > 0 {
		pinned = append(slices.Clip(pinned), File{Name: source.PinsName, Content: content})
	}
	if len(content) == 0 && len(changes) == 0 {
		return pinned, "", nil
	}
	result, err := p.project.Load(ctx, pinned, false)
	if err != nil {
		return nil, "", fmt.Errorf("reading the pinned files back: %w", err)
	}
	at, err := check(result, targets, p.model)
	return pinned, at, err
}
