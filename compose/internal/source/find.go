package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/ocompose/ocompose/compose/internal/envfile"
	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/problem"
)

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

// choose finds the files that the user did not name.
func (s *Source) choose(opts Options) []string {
	if list, ok := s.Env["COMPOSE_FILE"]; ok && list != "" {
		separator := s.Env["COMPOSE_PATH_SEPARATOR"]
		if separator == "" {
			separator = string(os.PathListSeparator)
		}
		return strings.Split(list, separator)
	}
	first := projectDir(opts, nil)
	for dir := first; ; dir = filepath.Dir(dir) {
		if main := s.firstOf(dir, cli.DefaultFileNames); main != "" {
			if dir != first {
				s.Warnings = append(s.Warnings, fmt.Sprintf("%s is used: there is no Compose file in %s", main, first))
			}
			paths := []string{main}
			if override := s.firstOf(dir, cli.DefaultOverrideFileNames); override != "" {
				s.Warnings = append(s.Warnings, fmt.Sprintf("%s is merged too, as in Docker Compose: select the files with -f", filepath.Base(override)))
				paths = append(paths, override)
			}
			return paths
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// firstOf returns the first of names that is in dir and warns about the others.
func (s *Source) firstOf(dir string, names []string) string {
	var found []string
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return ""
	}
	if len(found) > 1 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s has several Compose files (%s): %s is used",
			dir, strings.Join(found, ", "), found[0]))
	}
	return filepath.Join(dir, found[0])
}

// readEnv adds the variables of the env files, or of .env, to the environment.
func (s *Source) readEnv(opts Options, envFiles, paths []string) error {
	var files []string
	for _, file := range envFiles {
		files = append(files, localfile.Absolute(opts.WorkDir, file))
	}
	if len(files) == 0 {
		if off, _ := strconv.ParseBool(s.Env["COMPOSE_DISABLE_ENV_FILE"]); off {
			return nil
		}
		file := filepath.Join(projectDir(opts, paths), ".env")
		info, err := os.Stat(file)
		switch {
		case errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir():
			return nil
		case err != nil:
			s.Warnings = append(s.Warnings, fmt.Sprintf("%s can't be read and is ignored", file))
			return nil
		}
		files = []string{file}
	}
	all := make([]envfile.File, 0, len(files))
	for _, file := range files {
		content, err := envfile.Read(file)
		if err != nil {
			return unreadable(file, localfile.Cause(err))
		}
		all = append(all, envfile.File{Path: file, Content: content})
	}
	vars, err := envfile.Parse(func(name string) (string, bool) { v, ok := s.Env[name]; return v, ok }, all...)
	var wrong *envfile.Error
	if errors.As(err, &wrong) {
		return unreadable(wrong.Path, wrong.Err)
	}
	s.Env.Merge(vars)
	return err
}

func unreadable(envFile string, err error) error {
	return &problem.Error{Kind: problem.Syntax, Reason: fmt.Sprintf("reading the env file %q", envFile), Err: err}
}

// projectDir returns the absolute project directory, given the -f files.
func projectDir(opts Options, paths []string) string {
	if opts.ProjectDir != "" {
		return localfile.Absolute(opts.WorkDir, opts.ProjectDir)
	}
	for _, path := range paths {
		if path != "-" {
			return filepath.Dir(localfile.Absolute(opts.WorkDir, path))
		}
	}
	return filepath.Clean(opts.WorkDir)
}

// read reads one -f file.
func read(opts Options, path string) (File, error) {
	if path == "-" {
		if opts.Stdin == nil {
			return File{}, &problem.Error{Kind: problem.NoProject, Subject: path, Reason: "no standard input to read the Compose file from"}
		}
		content, err := localfile.ReadAll(opts.Stdin)
		if err != nil {
			return File{}, fmt.Errorf("reading the Compose file from standard input: %w", err)
		}
		return File{Content: content}, nil
	}
	for _, remote := range []string{"oci://", "https://", "http://", "git@", "ssh://", "git://"} {
		if strings.HasPrefix(path, remote) {
			return File{}, &problem.Error{Kind: problem.File, Subject: path,
				Reason: fmt.Sprintf("%q is not a local file: pull it first", path)}
		}
	}
	path = localfile.Absolute(opts.WorkDir, path)
	content, err := localfile.Read(path)
	if err != nil {
		kind := problem.File
		if errors.Is(err, fs.ErrNotExist) {
			kind = problem.NoProject
		}
		return File{}, &problem.Error{Kind: kind, Subject: path, Reason: fmt.Sprintf("reading the Compose file %q", path), Err: localfile.Cause(err)}
	}
	return File{Path: path, Content: content}, nil
}
