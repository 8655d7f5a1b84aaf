// Package hostile tests the program with malicious registries and packages. Its registry returns any
// response that a test needs, and its commands run as processes whose memory and processor time are
// measured from outside. docs/limits.md lists the limits.
package hostile
