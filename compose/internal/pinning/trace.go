package pinning

import (
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/model"
)

// A trace maps values in the Compose files to the places of the model that use them.
type trace map[*candidate][]use

// A use is one place of the model that uses a value.
type use struct {
	at  model.Path
	key string
	// whole is true if the place has only the value, not a longer string.
	whole bool
	// extension is true if the place is below an "x-" key of the file, outside any service.
	extension bool
}

func newTrace(m *loading.Model, candidates []*candidate) trace {
	t := trace{}
	for _, c := range candidates {
		for _, u := range m.Uses(c.node) {
			name, _ := u.At[0].(string)
			t[c] = append(t[c], use{at: u.At, key: u.At.Key(), whole: u.Whole, extension: strings.HasPrefix(name, "x-")})
		}
	}
	return t
}

// reaches reports whether c, or one of its aliases, is used at or below one of the places.
func (t trace) reaches(c *candidate, places map[string]bool) bool {
	for _, u := range t[c] {
		for end := range len(u.at) + 1 {
			if places[u.at[:end].Key()] {
				return true
			}
		}
	}
	return slices.ContainsFunc(c.aliases, func(alias *candidate) bool { return t.reaches(alias, places) })
}

// dropReaching removes the changes that affect one of the places or a place below it, and
// reports whether there were any.
func (t trace) dropReaching(changes edits, places map[string]bool) bool {
	before := len(changes)
	for c := range changes {
		if t.reaches(c, places) {
			delete(changes, c)
			delete(changes, c.anchor)
		}
	}
	return len(changes) < before
}

// decided returns the places that the changes affect.
func (t trace) decided(changes edits) map[string]bool {
	places := map[string]bool{}
	for c := range changes {
		for _, reaching := range append(slices.Clip(c.aliases), c) {
			for _, u := range t[reaching] {
				places[u.key] = true
			}
		}
	}
	return places
}

// undecided returns the targets that are not pinned by edits in the files. A list that the
// pins file repeats is not edited: equal items in two files are merged, and would no longer
// be equal.
func (t trace) undecided(changes edits, targets []target) []int {
	for {
		decided := t.decided(changes)
		var rest []int
		lists := map[string]bool{}
		for i, target := range targets {
			if target.pin.InPlace && (target.now == target.pin.Ref || decided[target.key]) {
				continue
			}
			rest = append(rest, i)
			if list, oneMount := target.list(); list != nil && !oneMount {
				lists[list.Key()] = true
			}
		}
		if len(lists) == 0 || !t.dropReaching(changes, lists) {
			return rest
		}
	}
}
