package printable

import (
	"fmt"
	"strings"
)

// maxLines is the maximum number of lines of an error.
const maxLines = 100

// Error returns the lines of an error, formatted by [Message]: one for each error joined by
// [errors.Join]. A line end in the message of one error does not start a new line.
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

// split returns the message of an error, split where errors were joined.
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

// causes returns the errors that an error wraps.
func causes(err error) []error {
	switch e := err.(type) { //nolint:errorlint // each level is inspected
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	case interface{ Unwrap() error }:
		return []error{e.Unwrap()}
	}
	return nil
}
