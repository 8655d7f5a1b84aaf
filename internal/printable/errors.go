package printable

import (
	"fmt"
	"strings"
)

// maxLines is how many lines an error may have.
const maxLines = 100

// Error returns the lines of an error, each of them as of [Message]: one for each of the
// errors that [errors.Join] joined. A line end in the text of one error begins no line.
func Error(err error) []string {
	lines := split(err)
	if len(lines) > maxLines {
		lines = append(lines[:maxLines], fmt.Sprintf("… and %d more", len(lines)-maxLines))
	}
	for i, line := range lines {
		lines[i] = Message(strings.TrimSpace(line))
	}
	return lines
}

// split returns the text of an error, split where errors were joined.
func split(err error) []string {
	text := err.Error()
	if !strings.Contains(text, "\n") {
		return []string{text}
	}
	lines, rest := []string{""}, text
	joined := false
	for _, cause := range causes(err) {
		if cause == nil {
			continue
		}
		before, after, found := strings.Cut(rest, cause.Error())
		if !found {
			continue
		}
		below := split(cause)
		if joined && before == "\n" {
			lines = append(lines, below...)
		} else {
			lines[len(lines)-1] += before + below[0]
			lines = append(lines, below[1:]...)
		}
		rest, joined = after, true
	}
	lines[len(lines)-1] += rest
	return lines
}

// causes are the errors that an error wraps.
func causes(err error) []error {
	switch e := err.(type) { //nolint:errorlint // each level is looked at
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	case interface{ Unwrap() error }:
		return []error{e.Unwrap()}
	}
	return nil
}
