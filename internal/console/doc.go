// Package console is how results and messages look to people: tables and trees that fit the
// terminal, colors where they are wanted, and text of others made safe to show.
//
// The rules:
//
//   - A terminal is as wide as it says; a pipe has no width, and gets all of everything.
//   - What does not fit is shortened from the digest on, and never broken into a second line.
//   - Colors are for terminals. NO_COLOR and TERM=dumb turn them off, and nothing is said by
//     color alone.
//   - Text that may come from a registry or a file passes [Printable].
package console
