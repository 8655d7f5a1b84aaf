package show

import (
	"fmt"
	"strings"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/report"
)

// DifferenceLines are a line for each difference: what was added (+), removed (-) or
// changed (~).
func DifferenceLines(d *report.Difference) []string {
	var lines []string
	add := func(change, kind, name, more string) {
		sign := map[string]string{report.Added: "+", report.Removed: "-", report.Changed: "~"}[change]
		if more != "" {
			name += ": " + more
		}
		lines = append(lines, console.Printable(sign+" "+kind+" "+name))
	}
	for _, c := range d.Platforms {
		add(c.Change, "platform", c.Name, "")
	}
	for _, c := range d.Services {
		add(c.Change, "service", c.Name, "")
	}
	for _, c := range d.Images {
		add(c.Change, "image", strings.TrimSuffix(strings.TrimPrefix(c.Path, "services."), ".image"), fromTo(c.A, c.B))
	}
	for _, c := range d.Files {
		add(c.Change, "file", c.Name, strings.Join(c.Fields, ", "))
	}
	for _, c := range d.Variables {
		var a, b *variable
		if c.A != nil {
			a = &variable{*c.A}
		}
		if c.B != nil {
			b = &variable{*c.B}
		}
		add(c.Change, "variable", c.Name, fromTo(a, b))
	}
	return lines
}

// fromTo prints what something was and what it is; only one of them where the other is nil.
func fromTo[T any, P interface {
	*T
	fmt.Stringer
}](a, b P) string {
	switch {
	case a == nil:
		return b.String()
	case b == nil:
		return a.String()
	}
	return a.String() + " -> " + b.String()
}

// A variable is one that prints what is expected of it.
type variable struct{ compose.Variable }

func (v *variable) String() string {
	switch {
	case v.Required:
		return "required"
	case v.Default != "":
		return fmt.Sprintf("default %q", v.Default)
	}
	return "no default"
}
