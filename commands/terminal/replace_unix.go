//go:build unix

package terminal

import "syscall"

// ReplaceProcess has another program run in the place of this one, so that signals and the
// terminal are its own.
func ReplaceProcess() func(program string, args, environ []string) error { return syscall.Exec }
