package console

import (
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// gap is the space between two columns.
const gap = 2

// minColumn is the minimum width of a column.
const minColumn = 8

// Table returns the lines of a table, whose columns are as wide as their content, or, in a
// terminal of a width, narrower. Width 0 is unlimited. The first row is a title if
// titled is set.
func Table(rows [][]string, width int, titled bool, style Style) []string {
	rows = fit(rows, width, titled)
	widths := columnWidths(rows)
	var lines []string
	for i, row := range rows {
		var b strings.Builder
		for j, cell := range row {
			if j < len(row)-1 {
				cell += strings.Repeat(" ", widths[j]-runewidth.StringWidth(cell)+gap)
			}
			b.WriteString(cell)
		}
		line := strings.TrimRight(b.String(), " ")
		if i == 0 && titled {
			line = style.Bold(line)
		}
		lines = append(lines, line)
	}
	return lines
}

// fit fits rows into a width: it shortens digests, lists of platforms, references to one
// repository, dates and media types, as far as needed, and then the widest columns.
func fit(rows [][]string, width int, titled bool) [][]string {
	if width <= 0 {
		return rows
	}
	first := 0
	if titled {
		first = 1
	}
	for _, short := range []func([]string) []string{
		eachCell(shortDigests), eachCell(shortPlatforms), withoutRepository, eachCell(shortDate), eachCell(shortType),
	} {
		if total(columnWidths(rows)) <= width {
			return rows
		}
		rows = mapColumns(rows, first, short)
	}
	widths := narrow(rows, first, width)
	return mapCells(rows, func(column int, cell string) string { return shorten(cell, widths[column]) })
}

// narrow returns column widths that fit a width, if possible: the widest
// shrinks first, and columns that are useless when cut last.
func narrow(rows [][]string, first, width int) []int {
	widths := columnWidths(rows)
	firm := firmColumns(rows[first:])
	for total(widths) > width {
		widest := -1
		for i, w := range widths {
			if w > minColumn && (widest < 0 || firm[widest] && !firm[i] || firm[widest] == firm[i] && w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

// firmColumns returns the columns of digests and dates.
func firmColumns(rows [][]string) []bool {
	var firm []bool
	for _, row := range rows {
		for j, cell := range row {
			if len(firm) <= j {
				firm = append(firm, true)
			}
			if len(row) > 1 {
				firm[j] = firm[j] && (cell == "-" || isFirm(cell))
			}
		}
	}
	return firm
}

func eachCell(short func(string) string) func([]string) []string {
	return func(column []string) []string {
		for i, cell := range column {
			column[i] = short(cell)
		}
		return column
	}
}

// mapColumns changes the cells of each column, except the title.
func mapColumns(rows [][]string, first int, f func(column []string) []string) [][]string {
	rows = mapCells(rows, func(_ int, cell string) string { return cell })
	for j := range columnWidths(rows) {
		var column []string
		for _, row := range rows[first:] {
			if j < len(row) {
				column = append(column, row[j])
			}
		}
		column = f(column)
		for _, row := range rows[first:] {
			if j < len(row) {
				row[j], column = column[0], column[1:]
			}
		}
	}
	return rows
}

func mapCells(rows [][]string, f func(column int, cell string) string) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = slices.Clone(row)
		for j, cell := range row {
			out[i][j] = f(j, cell)
		}
	}
	return out
}

// columnWidths returns the widths of the columns; a row with one cell is a separate line.
func columnWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for j, cell := range row {
			if len(widths) <= j {
				widths = append(widths, 0)
			}
			if len(row) > 1 {
				widths[j] = max(widths[j], runewidth.StringWidth(cell))
			}
		}
	}
	return widths
}

func total(widths []int) int {
	sum := gap * max(0, len(widths)-1)
	for _, w := range widths {
		sum += w
	}
	return sum
}
