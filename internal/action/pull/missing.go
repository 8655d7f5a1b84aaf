package pull

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/unpack"
)

// missing lists what the application in a folder needs and is missing. There is no list if its
// files can't be read as a project.
func missing(ctx context.Context, s *session.Session, dir string, pulled []unpack.File) ([]compose.Requirement, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var files []compose.File
	for _, f := range pulled {
		if f.Size > limits.File && f.Kind == compose.ComposeFile {
			return nil, nil // it is too large to be read as a project
		}
		content, err := readPulled(root, f)
		if err != nil {
			return nil, err
		}
		files = append(files, compose.File{Name: f.Name, Kind: f.Kind, Content: content})
	}
	project, err := compose.Open(ctx, files, s.FetchIncluded(nil))
	if err != nil {
		return nil, ctx.Err()
	}
	return slices.DeleteFunc(project.Requires, func(r compose.Requirement) bool {
		switch {
		case r.Kind == "volume" || r.Kind == "network" || strings.Contains(r.Path, "$"):
			return true // provided by an engine, or by the environment
		case strings.HasPrefix(r.Path, "~"):
			home, err := os.UserHomeDir()
			return err == nil && isThere(filepath.Join(home, strings.TrimPrefix(r.Path, "~")))
		case filepath.IsAbs(r.Path):
			return isThere(r.Path)
		}
		return isThere(filepath.Join(dir, filepath.FromSlash(r.Path)))
	}), nil
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// readPulled reads a written file. The content of a file that is too large to be part of a
// project does not matter.
func readPulled(root *os.Root, f unpack.File) ([]byte, error) {
	if f.Size > limits.File/16 && f.Kind != compose.ComposeFile {
		return nil, nil
	}
	file, err := root.Open(filepath.FromSlash(f.Name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limits.File))
}
