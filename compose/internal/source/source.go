// Package source finds and reads the -f files and the environment of a project, as Docker
// Compose does. It does not parse the files.
package source

import (
	"io"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/ocompose/ocompose/compose/internal/problem"
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

// Find finds and reads the -f files and the environment. Variables of the environment take
// precedence over those of .env.
func Find(opts Options) (*Source, error) {
	s := &Source{Env: types.Mapping{}}
	for _, entry := range opts.Environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			s.Env[name] = value
		}
	}
	if s.Env["PWD"] == "" {
		s.Env["PWD"] = opts.WorkDir
	}
	envFiles := opts.EnvFiles
	if list := s.Env["COMPOSE_ENV_FILES"]; len(envFiles) == 0 && list != "" {
		envFiles = strings.Split(list, ",")
	}
	// Once before the files are known, because .env may name them, and once after, because
	// they determine the project directory.
	if err := s.readEnv(opts, envFiles, opts.Files); err != nil {
		return nil, err
	}
	paths := opts.Files
	if len(paths) == 0 {
		paths = s.choose(opts)
	}
	if len(paths) == 0 {
		dir := projectDir(opts, nil)
		reason := "no Compose file in " + dir + " or a folder above it"
		if _, err := os.Stat(dir); err != nil {
			reason = "the folder " + dir + " does not exist"
		}
		return nil, &problem.Error{Kind: problem.NoProject, Subject: dir, Reason: reason}
	}
	if err := s.readEnv(opts, envFiles, paths); err != nil {
		return nil, err
	}
	s.Dir = projectDir(opts, paths)
	for _, path := range paths {
		file, err := read(opts, path)
		if err == nil {
			err = s.Add(file)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}
