package commands

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/ocompose/ocompose/internal/console"
)

// printRow prints one line of a table, with tabs between the columns. Its texts may
// come from a registry.
type printRow func(format string, a ...any)

// table lines up the columns of the rows that fill prints, and makes them fit the terminal.
// A row without a tab stands for itself: the columns before and after it need not match. A
// first row in capitals is a title.
func (t *terminal) table(fill func(row printRow)) error {
	var lines []string
	var block [][]string
	flush := func() {
		titled := len(lines) == 0 && len(block) > 0 && isTitle(block[0])
		lines = append(lines, console.Table(block, t.width(), titled, t.style())...)
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
	return t.print(lines...)
}

// rowCells are the cells of a row, whose texts can't break out of them.
func rowCells(format string, a []any) []string {
	for i, each := range a {
		if v := reflect.ValueOf(each); v.Kind() == reflect.String {
			a[i] = printable(v.String())
		}
	}
	return strings.Split(fmt.Sprintf(format, a...), "\t")
}

func isTitle(row []string) bool {
	text := strings.Join(row, "")
	return text == strings.ToUpper(text)
}

// printable is text that may come from a registry or a file, safe for a terminal.
func printable(text string) string { return console.Printable(text) }
