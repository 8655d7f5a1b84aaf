package pinning

import (
	"regexp"
	"strconv"
	"strings"
)

// simpleRef matches references with a digest that are plain scalars in any position: they
// need no quotes and no escapes.
var simpleRef = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_./-]*(?::[A-Za-z0-9_./-]+)*@[a-z0-9]+:[0-9a-f]+$`)

// shape describes pins without the text of their references: which are in place, and which
// are equal. Pins of the same shape are written in the same way, and only need to be
// verified once. It returns false for pins that must be verified separately: those with a
// reference that is not simple, or that is already a value in the files, with which Docker
// Compose might merge it.
func (p *Pinner) shape(targets []target) (string, bool) {
	groups := map[string]int{}
	var shape strings.Builder
	for _, t := range targets {
		ref := t.pin.Ref
		if !simpleRef.MatchString(ref) || p.Model.Saw(ref) {
			return "", false
		}
		group, known := groups[ref]
		if !known {
			group = len(groups)
			groups[ref] = group
		}
		shape.WriteString(strconv.Itoa(group))
		if t.pin.InPlace {
			shape.WriteByte('!')
		}
		shape.WriteByte(' ')
	}
	return shape.String(), true
}
