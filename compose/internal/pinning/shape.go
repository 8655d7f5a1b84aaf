package pinning

import (
	"regexp"
	"strconv"
	"strings"
)

// simpleRef matches references with a digest that are plain scalars wherever they stand:
// written without quotes in every style, and without anything that is escaped.
var simpleRef = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_./-]*(?::[A-Za-z0-9_./-]+)*@[a-z0-9]+:[0-9a-f]+$`)

// shape describes pins but for the text of their references: which are in place, and which
// are equal. Pins of the same shape are made in the same way, and verifying them once is
// enough. It reports false for pins that have to be verified by themselves: with a
// reference that is not a simple one, or that is a value in the files already, which Docker
// Compose might merge with it.
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
