package terminal

import (
	"io"
	"path/filepath"
	"strings"
)

// Getenv returns the value of an environment variable, or "".
func (t *Terminal) Getenv(name string) string {
	for _, entry := range t.Environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// A Process is the program's environment in the operating system.
type Process struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Environ is the environment, as from os.Environ.
	Environ []string
	// Dir is the current directory.
	Dir string
	// Replace replaces this process with another program, and returns only with an
	// error; nil if the system does not support it.
	Replace func(program string, args, environ []string) error
	// Plugin is set if docker runs the program as its plugin.
	Plugin bool
}

// Program returns the name of the program as users call it.
func (t *Terminal) Program() string {
	if t.Plugin {
		return "docker " + PluginName
	}
	return "ocompose"
}

// PluginName is the name of the plugin: the word after docker on the command line.
const PluginName = "ocompose"

// Path returns a path that the user wrote as an absolute path.
func (t *Terminal) Path(written string) string {
	if filepath.IsAbs(written) {
		return written
	}
	return filepath.Join(t.Dir, written)
}
