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

// shortDigests is a text with digests of twelve digits, as docker shows them.
func shortDigests(text string) string { return digestPattern.ReplaceAllString(text, "$1") }

// Lines are lines for a terminal of a width, with short digests where one has no room; 0 has
// room for all. Nothing else is left out.
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

// shortPlatforms is a list of platforms without the operating system that nearly all have.
func shortPlatforms(text string) string {
	if !platformsPattern.MatchString(text) {
		return text
	}
	return strings.ReplaceAll(text, "linux/", "")
}

// shortDate is a date without the time of day.
func shortDate(text string) string { return datePattern.ReplaceAllString(text, "$1") }

// shortType is a media type without what most begin with.
func shortType(text string) string { return strings.TrimPrefix(text, "application/") }

// shortTypes is a text with media types without what most begin with.
func shortTypes(text string) string { return strings.ReplaceAll(text, "application/vnd.", "vnd.") }

// withoutRepository is a column of digest references to one repository, as digests.
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

// isFirm tells whether a part of a text is of no use.
func isFirm(text string) bool { return firmPattern.MatchString(text) }

// Wrap breaks a text at its spaces into lines of a width; 0 has room for all.
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

// shorten cuts a text to a width: a reference or a path in its middle, as its end says most,
// and all else at its end.
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

// Shorten cuts a text to a width as tables do; width 0 has room for all.
func Shorten(text string, width int) string {
	if width <= 0 {
		return text
	}
	return shorten(text, width)
}

// TextWidth is how wide a text is on a terminal.
func TextWidth(text string) int { return runewidth.StringWidth(text) }

// cutEnd cuts a text to a width at its end.
func cutEnd(text string, width int) string { return runewidth.Truncate(text, width, "…") }
