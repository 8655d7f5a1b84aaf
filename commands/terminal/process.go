package terminal

import (
	"io"
	"path/filepath"
	"strings"
)

// Getenv looks a variable up in the environment.
func (t *Terminal) Getenv(name string) string {
	for _, entry := range t.Environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// A Process is what the program gets from its operating system.
type Process struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Environ is the environment, as from os.Environ.
	Environ []string
	// Dir is the current directory.
	Dir string
	// Replace has another program run in the place of this one, and returns only with an
	// error; nil where that can't be.
	Replace func(program string, args, environ []string) error
	// Plugin tells that docker runs the program as its plugin.
	Plugin bool
}

// Program is what users call the program.
func (t *Terminal) Program() string {
	if t.Plugin {
		return "docker " + PluginName
	}
	return "ocompose"
}

// PluginName is the name of the plugin: what comes behind docker on the command line.
const PluginName = "ocompose"

// Path is a path of the file system as the user wrote it, made absolute.
func (t *Terminal) Path(written string) string {
	if filepath.IsAbs(written) {
		return written
	}
	return filepath.Join(t.Dir, written)
}
