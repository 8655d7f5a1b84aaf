//go:build !unix

package terminal

// ReplaceProcess: a process can't be replaced here.
func ReplaceProcess() func(program string, args, environ []string) error { return nil }
