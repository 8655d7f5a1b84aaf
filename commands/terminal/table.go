package terminal

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/ocompose/ocompose/internal/console"
)

// PrintRow prints one line of a table, with tabs between the columns. Its texts may
// come from a registry.
type PrintRow func(format string, a ...any)

// Table lines up the columns of the rows that fill prints, and makes them fit the terminal.
// A row without a tab stands for itself: the columns before and after it need not match. A
// first row in capitals is a title.
func (t *Terminal) Table(fill func(row PrintRow)) error {
	var lines []string
	var block [][]string
	flush := func() {
		titled := len(lines) == 0 && len(block) > 0 && isTitle(block[0])
		lines = append(lines, console.Table(block, t.Width(), titled, t.Style())...)
		block = nil
	}
	fill(func(format string, a ...any) {
		cells := rowCells(format, a)
		if len(cells) > 1 {
			block = append(block, cells)
			return
		}
		flush()
		lines = append(lines, strings.Split(cells[0], "\n")...)
	})
	flush()
	return t.PrintText(lines...)
}

// rowCells are the cells of a row, whose texts can't break out of them.
func rowCells(format string, a []any) []string {
	for i, each := range a {
		if v := reflect.ValueOf(each); v.Kind() == reflect.String {
			a[i] = console.Printable(v.String())
		}
	}
	return strings.Split(fmt.Sprintf(format, a...), "\t")
}

func isTitle(row []string) bool {
	text := strings.Join(row, "")
	return text == strings.ToUpper(text)
}
