package compose

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Pin is [Pinner.Pin] of a Pinner for this project alone.
func (p *Project) Pin(ctx context.Context, pins Pins) ([]File, error) {
	pinner, err := p.Pinner(ctx)
	if err != nil {
		return nil, err
	}
	return pinner.Pin(ctx, pins)
}

// A Pinner pins a project, once for each platform: what the pins have no part in is
// read only once. It is not safe for concurrent use.
type Pinner struct {
	project *Project
	// files are the compose files without the pins file, and model is theirs.
	files []File
	model map[string]any
	// traced tells that candidates and found are known: the values in the files that may
	// name an image, and where they come out.
	traced     bool
	candidates []*candidate
	found      trace
}

// Pinner reads the project for pinning.
func (p *Project) Pinner(ctx context.Context) (*Pinner, error) {
	files, model, err := p.unpinned(ctx)
	if err != nil {
		return nil, fmt.Errorf("pinning the images: %w", err)
	}
	return &Pinner{project: p, files: files, model: model}, nil
}

// Pin returns the files of the project's composition, in the order of its layers:
// the compose files, then [PinsFile] where it is needed, then the carried files. The
// merged model of the compose files and the pins file is the project's, but for the
// images, which are what pins say.
//
// Every place of [Project.Images] needs a pin. A pin that is not InPlace goes to the
// pins file and leaves the files as they are, byte for byte. A pin that is changes
// the bytes of the value in the compose file that names the image now, if every
// place that this value reaches wants the same pin; otherwise it goes to the pins
// file too. A pins file among the project's own files is made anew.
//
// Pin opens no connection, and gives the same bytes for the same project and pins.
func (p *Pinner) Pin(ctx context.Context, pins Pins) ([]File, error) {
	if missing := p.project.withoutPin(pins); len(missing) > 0 {
		return nil, fmt.Errorf("pinning the images: no pin for %s", strings.Join(missing, ", "))
	}
	targets, err := findTargets(p.project.Images, pins, p.model)
	if err != nil {
		return nil, fmt.Errorf("pinning the images: %w", err)
	}
	pinned, err := p.pinFiles(ctx, targets)
	if err != nil {
		return nil, fmt.Errorf("pinning the images: %w", err)
	}
	return append(pinned, p.project.Carried...), nil
}

// unpinned returns the compose files without the pins file, and their model. A file of
// that name that says more than images is no pins file: it stays, under another name.
func (p *Project) unpinned(ctx context.Context) ([]File, map[string]any, error) {
	files := make([]File, 0, len(p.Files)+1)
	for _, file := range p.Files {
		if file.Name != PinsFile {
			files = append(files, file)
		}
	}
	model, err := p.pinModel(ctx, files, false)
	if len(files) == len(p.Files) {
		return files, model, err
	}
	whole, wholeErr := p.pinModel(ctx, p.Files, false)
	if wholeErr != nil {
		return nil, nil, wholeErr
	}
	if err == nil && onlyPins(model, whole) {
		return files, model, nil
	}
	files = slices.Clone(p.Files)
	for i := range files {
		if files[i].Name == PinsFile {
			files[i].Name = "compose." + PinsFile
		}
	}
	return files, whole, nil
}

// onlyPins tells whether a model is another one but for images.
func onlyPins(before, after map[string]any) bool {
	places := map[string]bool{}
	for _, place := range modelPlaces(after) {
		places[stepsKey(place.steps)] = true
	}
	_, differs := firstDifference(before, after, func(steps []any, _, _ any) bool { return places[stepsKey(steps)] })
	return !differs
}

// withoutPin lists the places without a pin.
func (p *Project) withoutPin(pins Pins) []string {
	var missing []string
	for _, image := range p.Images {
		if pins[image.Path].Ref == "" {
			missing = append(missing, image.Path)
		}
	}
	return missing
}

// A pinTarget is a place of the model and the pin that it gets.
type pinTarget struct {
	modelPlace
	pin Pin
	// now is what stands there without the pin.
	now string
}

// findTargets finds the places of images in the model, in a stable order.
func findTargets(images []Image, pins Pins, model map[string]any) ([]pinTarget, error) {
	places := modelPlaces(model)
	targets := map[string]pinTarget{}
	for _, image := range images {
		pin := pins[image.Path]
		place, ok := places[image.Path]
		if !ok {
			if inheritsPin(image.Path, pins) {
				continue
			}
			return nil, fmt.Errorf("the project has no place %q", image.Path)
		}
		key := stepsKey(place.steps)
		if other, taken := targets[key]; taken && other.pin.Ref != pin.Ref {
			return nil, fmt.Errorf("%q and %q are the same place and want different pins", other.path, place.path)
		}
		now, _ := stringAt(model, place.steps)
		targets[key] = pinTarget{modelPlace: place, pin: pin, now: now}
	}
	ordered := make([]pinTarget, 0, len(targets))
	for _, key := range slices.Sorted(maps.Keys(targets)) {
		ordered = append(ordered, targets[key])
	}
	return ordered, nil
}

// inheritsPin tells whether the path is a hook that names no image and whose service
// gets the same pin.
func inheritsPin(path string, pins Pins) bool {
	at := strings.LastIndex(path, ".pre_start.")
	return at > 0 && strings.HasSuffix(path, ".image") && pins[path].Ref == pins[path[:at]+".image"].Ref
}

// maxAttempts bounds how often edits are taken back at one place after the other,
// before all of them are.
const maxAttempts = 10

// pinFiles edits what can be edited in place, overrides the rest, and reads the result
// back. Where it does not mean what it should, what stands in the way is done
// without: the edits at that place, variables in repeated lists, all edits.
func (p *Pinner) pinFiles(ctx context.Context, targets []pinTarget) ([]File, error) {
	changes := p.findEdits(ctx, targets)
	repeat := repetition{model: p.model, interpolate: p.project.interpolation(), load: func() map[string]any {
		written, _ := p.project.pinModel(ctx, p.files, true)
		return written
	}}
	for attempt := 0; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if attempt == maxAttempts {
			changes = nil
		}
		pinned, at, err := p.tryPins(ctx, changes, targets, &repeat)
		switch {
		case err == nil:
			return pinned, nil
		case p.found.dropReaching(changes, at):
		case repeat.written != nil:
			repeat.written = nil
		case len(changes) > 0:
			changes = nil
		default:
			return nil, err
		}
	}
}

// tryPins makes the pinned files and compares their model with the original. An error
// comes with the place that is not as it should be, if it is about one.
func (p *Pinner) tryPins(ctx context.Context, changes edits, targets []pinTarget, repeat *repetition) ([]File, string, error) {
	rest := p.found.undecided(changes, targets)
	pinned, err := editFiles(p.files, changes)
	if err != nil {
		return nil, "", err
	}
	content, err := pinsOverride(rest, targets, repeat)
	if err != nil {
		return nil, "", fmt.Errorf("writing %s: %w", PinsFile, err)
	}
	if len(content) > 0 {
		pinned = append(slices.Clip(pinned), File{Name: PinsFile, Content: content, Kind: ComposeFile})
	}
	if len(content) == 0 && len(changes) == 0 {
		return pinned, "", nil
	}
	result, err := p.project.pinModel(ctx, pinned, false)
	if err != nil {
		return nil, "", fmt.Errorf("reading the pinned files back: %w", err)
	}
	at, err := checkPins(result, targets, p.model)
	return pinned, at, err
}

// checkPins compares the pinned model with the original one. An error comes with the
// place that it is about.
func checkPins(pinned map[string]any, targets []pinTarget, original map[string]any) (string, error) {
	if at, differs := unwantedDifference(pinned, targets, original); differs {
		return stepsKey(at), fmt.Errorf("the pins would change %s", spellSteps(at))
	}
	for _, target := range targets {
		if value, _ := stringAt(pinned, target.steps); value != target.pin.Ref {
			return stepsKey(target.steps), fmt.Errorf("%s would be %q, not %q", target.path, value, target.pin.Ref)
		}
	}
	return "", nil
}

// unwantedDifference finds a place where a pinned model differs from the original one
// other than in that a target has its pin, or a value that no service reaches, under
// an "x-" key of the files, has some pin.
func unwantedDifference(pinned map[string]any, targets []pinTarget, original map[string]any) ([]any, bool) {
	wanted := map[string]string{}
	refs := map[string]bool{}
	for _, target := range targets {
		wanted[stepsKey(target.steps)] = target.pin.Ref
		refs[target.pin.Ref] = true
	}
	return firstDifference(original, pinned, func(steps []any, _, value any) bool {
		ref, ok := value.(string)
		if !ok || len(steps) == 0 {
			return false
		}
		if name, _ := steps[0].(string); strings.HasPrefix(name, "x-") {
			return refs[ref]
		}
		return ref != "" && wanted[stepsKey(steps)] == ref
	})
}
