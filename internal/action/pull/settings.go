package pull

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/filename"
	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/store"
)

// A SettingsError reports that a composition has an .env file with which Docker Compose runs
// other files or images in the composition's folder.
type SettingsError struct {
	// Name is the file, and Settings the variables that it sets.
	Name     string
	Settings []string
}

func (e *SettingsError) Error() string {
	return fmt.Sprintf("the composition's file %s sets %s, with which Docker Compose runs other files or images than those of the composition",
		e.Name, strings.Join(e.Settings, " and "))
}

// checkSettings returns a [*SettingsError] if a composition has an .env file that makes Docker
// Compose run other files or images. It keeps the content of that file in the layers.
func checkSettings(ctx context.Context, from store.Source, layers []artifact.Layer) error {
	for i, l := range layers {
		if filename.Folded(l.File.Name) != compose.EnvFileName {
			continue
		}
		if l.Descriptor.Size > limits.File {
			return fmt.Errorf("reading file %q: %w", l.File.Name, &limits.Error{What: "bytes", Limit: limits.File})
		}
		open, err := openLayer(ctx, from, l)
		if err != nil {
			return fmt.Errorf("reading file %q: %w", l.File.Name, err)
		}
		content, err := io.ReadAll(open)
		if err = errors.Join(err, open.Close()); err != nil {
			return fmt.Errorf("reading file %q: %w", l.File.Name, err)
		}
		layers[i].InMemory, layers[i].File.Content = true, content
		if settings := compose.ReplacingSettings(content); len(settings) > 0 {
			return &SettingsError{Name: l.File.Name, Settings: settings}
		}
	}
	return nil
}

// isReplaced reports whether the .env file of a folder makes Docker Compose run anything other
// than the Compose files in the folder.
func isReplaced(dir string) (bool, error) {
	file, err := os.Open(filepath.Join(dir, compose.EnvFileName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limits.File))
	if err != nil {
		return false, nil //nolint:nilerr // a folder, which Docker Compose does not read
	}
	return len(compose.ReplacingSettings(content)) > 0, nil
}
