// Package console formats results and messages for people: tables and trees that fit the
// terminal, colors, and untrusted text made safe to print.
//
// The rules:
//
//   - A terminal has its detected width; a pipe has no width, and gets everything in full.
//   - Content that does not fit is shortened, digests first, and never wrapped.
//   - Colors are for terminals. NO_COLOR and TERM=dumb turn them off, and no information is in
//     the color alone.
//   - Text that may come from a registry or a file passes [Printable].
package console
