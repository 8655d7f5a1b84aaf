package commands

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/ocompose/ocompose/internal/printable"
)

// printRow prints one line of a table, with tabs between the columns. Its texts may
// come from a registry.
type printRow func(format string, a ...any)

// table lines up the columns of the rows that fill prints.
func (t *terminal) table(fill func(row printRow)) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	fill(func(format string, a ...any) { writeRow(w, format, a) })
	if err := w.Flush(); err != nil {
		return err
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return t.print(lines...)
}

// writeRow writes a row whose texts can't break out of their columns.
func writeRow(w io.Writer, format string, a []any) {
	for i, each := range a {
		if v := reflect.ValueOf(each); v.Kind() == reflect.String {
			a[i] = printable.Line(v.String())
		}
	}
	fmt.Fprintf(w, format+"\n", a...)
}
