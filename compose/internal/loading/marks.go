package loading

import (
	"strings"

	"github.com/ocompose/ocompose/compose/internal/marks"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// Marks are characters that are not in any input of a project.
type Marks struct {
	// Unset encloses variables without a value.
	Unset variables.Marks
	// include comes before the path of an include, so that an includeLoader loads it, not the
	// loader itself.
	include string
	// scalar encloses the number of a scalar before its value.
	scalar string
}

// NewMarks chooses marks for a project with these inputs.
func NewMarks(inputs *marks.Set) (Marks, error) {
	taken, err := inputs.Take(4)
	if err != nil {
		return Marks{}, err
	}
	return Marks{Unset: variables.Marks{Open: taken[0], Close: taken[1]}, include: taken[2], scalar: taken[3]}, nil
}

// Clean removes the marks from a string, for messages.
func (m Marks) Clean(text string) string {
	return m.Unset.Show(strings.ReplaceAll(text, m.include, ""))
}

// In reports whether a string has one of the marks.
func (m Marks) In(text string) bool {
	return strings.ContainsAny(text, m.Unset.Open+m.Unset.Close+m.include+m.scalar)
}
