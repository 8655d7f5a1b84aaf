//go:build !unix

package commands

// replaceProcess: a process can't be replaced here.
func replaceProcess() func(program string, args, environ []string) error { return nil }
