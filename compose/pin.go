package compose

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

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
func (p *Project) Pin(ctx context.Context, pins Pins) ([]File, error) {
	files := make([]File, 0, len(p.Files))
	for _, file := range p.Files {
		if file.Name != PinsFile {
			files = append(files, file)
		}
	}
	if missing := p.withoutPin(pins); len(missing) > 0 {
		return nil, fmt.Errorf("pinning the images: no pin for %s", strings.Join(missing, ", "))
	}
	model, err := p.pinModel(ctx, files, false)
	if err != nil {
		return nil, fmt.Errorf("pinning the images: %w", err)
	}
	targets, err := findTargets(p.Images, pins, model)
	if err != nil {
		return nil, fmt.Errorf("pinning the images: %w", err)
	}
	pinned, err := p.pinFiles(ctx, files, targets, model)
	if err != nil {
		return nil, fmt.Errorf("pinning the images: %w", err)
	}
	return append(pinned, p.Carried...), nil
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

// pinFiles edits what can be edited in place and overrides the rest.
func (p *Project) pinFiles(ctx context.Context, files []File, targets []pinTarget, model map[string]any) ([]File, error) {
	edited, editedModel := p.editInPlace(ctx, files, targets, model)
	pinned, err := p.overrideRest(ctx, edited, editedModel, targets, model)
	if err != nil && !slices.EqualFunc(edited, files, sameContent) {
		// The edits stand in the way of the override: do without them.
		pinned, err = p.overrideRest(ctx, files, model, targets, model)
	}
	return pinned, err
}

func sameContent(a, b File) bool { return string(a.Content) == string(b.Content) }

// overrideRest adds the pins file for what the edited files do not pin by themselves
// and checks the whole.
func (p *Project) overrideRest(ctx context.Context, edited []File, editedModel map[string]any, targets []pinTarget, model map[string]any) ([]File, error) {
	var rest []pinTarget
	for _, target := range targets {
		value, _ := stringAt(editedModel, target.steps)
		if !target.pin.InPlace || value != target.pin.Ref {
			rest = append(rest, target)
		}
	}
	if len(rest) == 0 {
		return edited, nil
	}
	written, err := p.pinModel(ctx, edited, true)
	if err != nil {
		written = nil
	}
	content, err := pinsOverride(rest, targets, model, written)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", PinsFile, err)
	}
	pinned := append(slices.Clip(edited), File{Name: PinsFile, Content: content, Kind: ComposeFile})
	result, err := p.pinModel(ctx, pinned, false)
	if err != nil {
		return nil, fmt.Errorf("reading %s back: %w", PinsFile, err)
	}
	if err := checkPins(result, targets, model); err != nil {
		return nil, err
	}
	return pinned, nil
}

// checkPins compares the pinned model with the original one.
func checkPins(pinned map[string]any, targets []pinTarget, original map[string]any) error {
	if at, differs := unwantedDifference(pinned, targets, original); differs {
		return fmt.Errorf("the pins would change %s", spellSteps(at))
	}
	for _, target := range targets {
		if value, _ := stringAt(pinned, target.steps); value != target.pin.Ref {
			return fmt.Errorf("%s would be %q, not %q", target.path, value, target.pin.Ref)
		}
	}
	return nil
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
