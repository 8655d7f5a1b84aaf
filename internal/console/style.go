package console

// A Style colors text for a terminal. The zero Style is plain.
type Style struct{ on bool }

// NewStyle returns the style for a terminal, or the plain one if colors are disabled.
//
// See https://no-color.org.
func NewStyle(isTerminal bool, getenv func(string) string) Style {
	return Style{isTerminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
}

// The sequences for terminals, as in ECMA-48, section 8.3.117.
const (
	bold   = "\x1b[1m"
	faint  = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	reset  = "\x1b[0m"
)

func (s Style) in(sequence, text string) string {
	if !s.on || text == "" {
		return text
	}
	return sequence + text + reset
}

// Bold is for titles.
func (s Style) Bold(text string) string { return s.in(bold, text) }

// Faint is for separators and lines.
func (s Style) Faint(text string) string { return s.in(faint, text) }

// Bad is for failures.
func (s Style) Bad(text string) string { return s.in(red, text) }

// Good is for success.
func (s Style) Good(text string) string { return s.in(green, text) }

// Notable is for warnings.
func (s Style) Notable(text string) string { return s.in(yellow, text) }
