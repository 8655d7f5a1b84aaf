// Package hostile tests the program with malicious registries and packages. Its registry returns
// any response that a test needs. Each command runs as a process whose memory and processor time
// are measured from outside. SECURITY.md describes the guarantees, docs/limits.md the
// limits.
package hostile
