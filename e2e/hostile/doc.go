// Package hostile tests the program against registries that mean harm. A registry of its own
// answers whatever a test wants; each command runs as a process whose memory and processor
// time are measured from outside. SECURITY.md says what is promised.
package hostile
