package console

import (
	"regexp"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

var (
	firmPattern      = regexp.MustCompile(`^(sha256:[0-9a-f]{12,64}|\d{4}-\d\d-\d\d.*)$`)
	datePattern      = regexp.MustCompile(`^(\d{4}-\d\d-\d\d) \d\d:\d\d`)
	digestPattern    = regexp.MustCompile(`(sha256:[0-9a-f]{12})[0-9a-f]{52}`)
	platformsPattern = regexp.MustCompile(`^linux/[a-z0-9/]+(, linux/[a-z0-9/]+)*$`)
)

// shortDigests shortens digests to twelve digits, as docker does.
func shortDigests(text string) string { return digestPattern.ReplaceAllString(text, "$1") }

// Lines shortens digests if a line is wider than the terminal. Width 0 is unlimited.
func Lines(lines []string, width int) []string {
	if width <= 0 || !slices.ContainsFunc(lines, func(line string) bool { return TextWidth(line) > width }) {
		return lines
	}
	var out []string
	for _, line := range lines {
		out = append(out, shortDigests(line))
	}
	return out
}

// shortPlatforms returns a list of platforms without the most common operating system.
func shortPlatforms(text string) string {
	if !platformsPattern.MatchString(text) {
		return text
	}
	return strings.ReplaceAll(text, "linux/", "")
}

// shortDate returns a date without the time of day.
func shortDate(text string) string { return datePattern.ReplaceAllString(text, "$1") }

// shortType returns a media type without its common prefix.
func shortType(text string) string { return strings.TrimPrefix(text, "application/") }

// shortTypes returns a text with media types without their common prefixes.
func shortTypes(text string) string { return strings.ReplaceAll(text, "application/vnd.", "vnd.") }

// withoutRepository shortens a column of digest references to one repository to digests.
func withoutRepository(column []string) []string {
	repository := ""
	for _, cell := range column {
		before, digest, ok := strings.Cut(cell, "@")
		if !ok || !firmPattern.MatchString(digest) || repository != "" && before != repository {
			return column
		}
		repository = before
	}
	for i, cell := range column {
		_, column[i], _ = strings.Cut(cell, "@")
	}
	return column
}

// isFirm reports whether a text is useless when cut.
func isFirm(text string) bool { return firmPattern.MatchString(text) }

// Wrap breaks a text at its spaces into lines of a width; 0: unlimited.
func Wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && width > 0 && runewidth.StringWidth(line)+1+runewidth.StringWidth(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// shorten cuts a text to a width: a reference or a path in its middle, because its end matters most,
// and any other text at its end.
func shorten(text string, width int) string {
	if runewidth.StringWidth(text) <= width {
		return text
	}
	if width < 1 {
		return ""
	}
	if !strings.Contains(text, "/") || strings.Contains(text, " ") || width < 12 {
		return runewidth.Truncate(text, width, "…")
	}
	tail := width / 2
	head := runewidth.Truncate(text, width-tail, "…")
	return head + runewidth.TruncateLeft(text, runewidth.StringWidth(text)-tail, "")
}

// Shorten cuts a text to a width as tables do; 0: unlimited.
func Shorten(text string, width int) string {
	if width <= 0 {
		return text
	}
	return shorten(text, width)
}

// TextWidth returns the width of a text on a terminal.
func TextWidth(text string) int { return runewidth.StringWidth(text) }

// cutEnd cuts a text to a width at its end.
func cutEnd(text string, width int) string { return runewidth.Truncate(text, width, "…") }
