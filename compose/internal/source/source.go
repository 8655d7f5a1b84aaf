// Package source finds and reads the -f files and the environment of a project, as Docker
// Compose does. It does not parse the files.
package source

import (
	"io"

	"github.com/compose-spec/compose-go/v2/types"
)

// Options are the options of the same name in compose.Options.
type Options struct {
	Files      []string
	ProjectDir string
	EnvFiles   []string
	Environ    []string
	WorkDir    string
	Stdin      io.Reader
}

// A Source has the inputs of a project.
type Source struct {
	// Dir is the absolute project directory.
	Dir string
	// Env is the environment that the files are interpolated with.
	Env types.Mapping
	// Files are the -f files, in order: see [Source.Add].
	Files []File
	// Warnings are warnings about the choice of files.
	Warnings []string
}

// A File is one -f file.
type File struct {
	// Path is absolute, or empty for standard input.
	Path string
	// Content is the content to package: see [Source.Add].
	Content []byte

	// changed is true if the content differs from the file on disk, and separated if there was
	// a --- before the first document.
	changed, separated bool
}
