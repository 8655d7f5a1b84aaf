package compose

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/types"
)

// A source is what a project is read from: found, but not yet understood.
type source struct {
	// dir is the absolute project directory.
	dir string
	// env is the environment that the files are interpolated with.
	env types.Mapping
	// files are the -f files, in order.
	files []sourceFile
	// warnings are what the user should know about the choice.
	warnings []string
}

// A sourceFile is one -f file.
type sourceFile struct {
	// path is absolute, or empty for standard input.
	path    string
	content []byte
}

// find locates and reads the -f files and the environment as Docker Compose does:
// the environment first, then .env, which can't change what is set already.
func find(opts Options) (*source, error) {
	s := &source{env: types.Mapping{}}
	for _, entry := range opts.Environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			s.env[name] = value
		}
	}
	if s.env["PWD"] == "" {
		s.env["PWD"] = opts.WorkDir
	}
	paths := slices.Clone(opts.Files)
	envFiles := opts.EnvFiles
	if len(envFiles) == 0 {
		if list := s.env["COMPOSE_ENV_FILES"]; list != "" {
			envFiles = strings.Split(list, ",")
		}
	}
	// Once before the files are known, because .env may name them, once after,
	// because they tell the project directory.
	if err := s.readEnv(opts, envFiles, paths); err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		var err error
		if paths, err = s.choose(opts); err != nil {
			return nil, err
		}
	}
	if len(paths) == 0 {
		return nil, &Error{Problem: ProblemNoProject, Subject: opts.WorkDir,
			Reason: fmt.Sprintf("no Compose file in %s or a folder above it", opts.WorkDir)}
	}
	if err := s.readEnv(opts, envFiles, paths); err != nil {
		return nil, err
	}
	s.dir = projectDir(opts, paths)
	for _, path := range paths {
		file, err := readSource(opts, path)
		if err != nil {
			return nil, err
		}
		s.files = append(s.files, file)
	}
	return s, nil
}

// choose finds the files that the user did not name.
func (s *source) choose(opts Options) ([]string, error) {
	if list, ok := s.env["COMPOSE_FILE"]; ok && list != "" {
		separator := s.env["COMPOSE_PATH_SEPARATOR"]
		if separator == "" {
			separator = string(os.PathListSeparator)
		}
		return strings.Split(list, separator), nil
	}
	for dir := projectDir(opts, nil); ; dir = filepath.Dir(dir) {
		if main := s.firstOf(dir, cli.DefaultFileNames); main != "" {
			paths := []string{main}
			if override := s.firstOf(dir, cli.DefaultOverrideFileNames); override != "" {
				paths = append(paths, override)
			}
			return paths, nil
		}
		if dir == filepath.Dir(dir) {
			return nil, nil
		}
	}
}

// firstOf returns the first of names that is in dir and warns about the others.
func (s *source) firstOf(dir string, names []string) string {
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
		s.warnings = append(s.warnings, fmt.Sprintf("%s has several Compose files (%s): %s is used",
			dir, strings.Join(found, ", "), found[0]))
	}
	return filepath.Join(dir, found[0])
}

// readEnv adds the variables of the env files, or of .env, to the environment.
func (s *source) readEnv(opts Options, envFiles, paths []string) error {
	var files []string
	for _, file := range envFiles {
		files = append(files, absolute(opts.WorkDir, file))
	}
	if len(files) == 0 {
		if off, _ := strconv.ParseBool(s.env["COMPOSE_DISABLE_ENV_FILE"]); off {
			return nil
		}
		file := filepath.Join(projectDir(opts, paths), ".env")
		info, err := os.Stat(file)
		switch {
		case errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir():
			return nil
		case err != nil:
			s.warnings = append(s.warnings, fmt.Sprintf("%s can't be read and is left out", file))
			return nil
		}
		files = []string{file}
	}
	vars, err := dotenv.GetEnvFromFile(maps.Clone(s.env), files)
	if err != nil {
		return &Error{Problem: ProblemSyntax, Reason: "reading the environment", Err: err}
	}
	s.env.Merge(vars)
	return nil
}

// projectDir is the absolute project directory, given the -f files.
func projectDir(opts Options, paths []string) string {
	if opts.ProjectDir != "" {
		return absolute(opts.WorkDir, opts.ProjectDir)
	}
	for _, path := range paths {
		if path != "-" {
			return filepath.Dir(absolute(opts.WorkDir, path))
		}
	}
	return filepath.Clean(opts.WorkDir)
}

// readSource reads one -f file, bounded.
func readSource(opts Options, path string) (sourceFile, error) {
	if path == "-" {
		if opts.Stdin == nil {
			return sourceFile{}, &Error{Problem: ProblemNoProject, Subject: path, Reason: "no standard input to read the Compose file from"}
		}
		content, err := io.ReadAll(io.LimitReader(opts.Stdin, maxFileSize+1))
		if err == nil && len(content) > maxFileSize {
			err = errTooLarge
		}
		if err != nil {
			return sourceFile{}, fmt.Errorf("reading the Compose file from standard input: %w", err)
		}
		return sourceFile{content: content}, nil
	}
	for _, remote := range []string{"oci://", "https://", "http://", "git@", "ssh://", "git://"} {
		if strings.HasPrefix(path, remote) {
			return sourceFile{}, &Error{Problem: ProblemFile, Subject: path,
				Reason: fmt.Sprintf("%q is not a local file: pull it first", path)}
		}
	}
	path = absolute(opts.WorkDir, path)
	content, err := readBounded(path)
	if err != nil {
		problem := ProblemFile
		if errors.Is(err, fs.ErrNotExist) {
			problem = ProblemNoProject
		}
		return sourceFile{}, &Error{Problem: problem, Subject: path, Reason: fmt.Sprintf("reading the Compose file %q", path), Err: plain(err)}
	}
	return sourceFile{path: path, content: content}, nil
}

var errTooLarge = fmt.Errorf("larger than %d MiB", maxFileSize>>20)

// readBounded reads a regular file of at most maxFileSize bytes.
func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a directory")
	case info.Mode()&(fs.ModeSocket|fs.ModeDevice|fs.ModeIrregular) != 0:
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err == nil && len(content) > maxFileSize {
		err = errTooLarge
	}
	return content, err
}

// plain takes the operation and the path out of a file error: they are named already.
func plain(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}
