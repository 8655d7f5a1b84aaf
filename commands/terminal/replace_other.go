//go:build !unix

package terminal

// ReplaceProcess returns nil: this system can't replace a process.
func ReplaceProcess() func(program string, args, environ []string) error { return nil }
