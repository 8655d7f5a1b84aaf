package pinning

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/model"
)

// A target is a place of the model and its pin.
type target struct {
	// path is the name of the place, and at its path in the model.
	path string
	at   model.Path
	// key is the key of at.
	key string
	pin Pin
	// now is the reference without the pin.
	now string
}

// targets finds the places to pin, in a stable order.
func (p *Pinner) targets(pins map[string]Pin) ([]target, error) {
	found := map[string]target{}
	for _, path := range p.Places {
		pin := pins[path]
		image, ok := p.index[path]
		if !ok {
			if inheritsPin(path, pins) {
				continue
			}
			return nil, fmt.Errorf("the project has no place %q", path)
		}
		if p.Forbidden(pin.Ref) {
			return nil, fmt.Errorf("the pin of %s is not a reference: %q", path, pin.Ref)
		}
		key := image.At.Key()
		if other, taken := found[key]; taken && other.pin.Ref != pin.Ref {
			return nil, fmt.Errorf("%q and %q are the same place but have different pins", other.path, path)
		}
		found[key] = target{path: path, at: image.At, key: key, pin: pin, now: image.Ref}
	}
	ordered := make([]target, 0, len(found))
	for _, key := range slices.Sorted(maps.Keys(found)) {
		ordered = append(ordered, found[key])
	}
	return ordered, nil
}

// inheritsPin reports whether a path is that of a hook without an image whose service has
// the same pin.
func inheritsPin(path string, pins map[string]Pin) bool {
	at := strings.LastIndex(path, ".pre_start.")
	return at > 0 && strings.HasSuffix(path, ".image") && pins[path].Ref == pins[path[:at]+".image"].Ref
}

// list returns the path of the outermost list that contains the target; nil if there is
// none. Docker Compose merges the mounts of services by target, so it is enough to repeat
// one mount (oneMount); it appends to all other lists.
func (t target) list() (at model.Path, oneMount bool) {
	cut := slices.IndexFunc(t.at, func(step any) bool { _, isIndex := step.(int); return isIndex })
	if cut < 0 {
		return nil, false
	}
	return t.at[:cut], cut == 3 && t.at[0] == "services" && t.at[2] == "volumes"
}

// repeated returns the path of the value that an override repeats for the target: a list,
// or one mount in it. It is nil if the target is not in a list.
func (t target) repeated() model.Path {
	list, oneMount := t.list()
	if oneMount {
		return t.at[:len(list)+1]
	}
	return list
}
