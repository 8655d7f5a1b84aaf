//go:build unix

package commands

import "syscall"

// replaceProcess has another program run in the place of this one, so that signals and the
// terminal are its own.
func replaceProcess() func(program string, args, environ []string) error { return syscall.Exec }
