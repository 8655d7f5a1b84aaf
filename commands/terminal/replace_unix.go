//go:build unix

package terminal

import "syscall"

// ReplaceProcess replaces this process with another program, so that it receives signals
// and owns the terminal.
func ReplaceProcess() func(program string, args, environ []string) error { return syscall.Exec }
