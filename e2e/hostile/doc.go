// Package hostile tests the program with malicious registries. Its registry returns any response
// that a test needs. Each command runs as a process whose memory and processor time are measured
// from outside. docs/threat-model.md describes the guarantees.
package hostile
