package programtest

import "regexp"

// internal matches text that must not be shown to users: Go's internals, and the secrets of
// tests.
var internal = regexp.MustCompile(`0x[0-9a-f]{6,}|goroutine \d+|panic:|\.go:\d+|&\{|map\[|\{[A-Z][A-Za-z]+:|%!|<nil>|\*[a-z]+\.[A-Z]|runtime error|secret|Bearer |Basic `)

// Internals returns the first part of a text that must not be shown to users, such as a Go
// struct, a stack trace, or a password; empty if there is none.
func Internals(text string) string { return internal.FindString(text) }
