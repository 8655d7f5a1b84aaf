// Package pull writes compositions into folders, and caches them for running.
package pull

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/unpack"
)

// A Pulled is the result of a pull.
type Pulled struct {
	// Files are the files in the order of their layers. The first one that is a Compose file
	// is the main one.
	Files []unpack.File
	// Merged is set if docker compose finds all Compose files in the folder automatically. If it
	// is false, they must be selected with -f.
	Merged bool
	// Own is true if the folder has the user's own override, which is merged last.
	Own bool
	// Missing lists what the application needs and the folder, or this machine, does not have.
	Missing []compose.Requirement
}

// UnpackLayers writes the files of a composition below a folder, under the names of their layers,
// verified: see [unpack.Files]. It omits files that are only for readers of the composition in a
// registry.
func UnpackLayers(ctx context.Context, from store.Source, c artifact.Composition, options unpack.Options) ([]unpack.File, error) {
	layers, err := folderLayers(c)
	if err != nil {
		return nil, err
	}
	if err := checkSettings(ctx, from, layers); err != nil && !options.AllowHidden {
		return nil, err
	}
	return unpack.Files(ctx, layers, options, func(ctx context.Context, l artifact.Layer) (io.ReadCloser, error) {
		return openLayer(ctx, from, l)
	})
}

// openLayer opens the content of a file, verified.
func openLayer(ctx context.Context, from store.Source, l artifact.Layer) (io.ReadCloser, error) {
	if l.InMemory {
		return io.NopCloser(bytes.NewReader(l.File.Content)), nil
	}
	return from.OpenBlob(ctx, l.Descriptor)
}

// folderLayers returns the files of a composition for a folder.
func folderLayers(c artifact.Composition) ([]artifact.Layer, error) {
	layers, err := c.Layers()
	return slices.DeleteFunc(layers, func(l artifact.Layer) bool { return l.File.Kind == compose.RegistryFile }), err
}

// Unpack writes the files of a composition below a folder, verified: see [unpack.Files]. It joins
// the Compose files after the first into one, with the name that Docker Compose merges
// automatically, so that the pins take effect. If the folder has a file of that name that was not
// written by pull, that file stays, and the others are written next to it. It omits files that
// are only for readers of the composition in a registry.
func Unpack(ctx context.Context, s *session.Session, from store.Source, c artifact.Composition, options unpack.Options) (Pulled, error) {
	layers, err := folderLayers(c)
	if err != nil {
		return Pulled{}, err
	}
	form, err := newPullForm(layers, options.Dir)
	if err != nil {
		return Pulled{}, err
	}
	var joined []byte
	if form.merges() {
		if joined, err = merged(ctx, s, from, form); err != nil {
			return Pulled{}, err
		}
	}
	layers, err = form.layers(joined)
	if err != nil {
		return Pulled{}, err
	}
	if err := checkSettings(ctx, from, layers); err != nil && !options.AllowHidden {
		return Pulled{}, err
	}
	files, err := unpack.Files(ctx, layers, options, func(ctx context.Context, l artifact.Layer) (io.ReadCloser, error) {
		if form.isMerged(l) {
			return io.NopCloser(bytes.NewReader(joined)), nil
		}
		return openLayer(ctx, from, l)
	})
	if err != nil {
		return Pulled{}, err
	}
	replaced, err := isReplaced(options.Dir)
	if err != nil {
		return Pulled{}, err
	}
	absent, err := missing(ctx, s, options.Dir, files)
	return Pulled{Files: files, Merged: form.found() && !replaced, Own: form.own, Missing: absent}, err
}

// merged reads the overrides of a composition and joins them into one.
func merged(ctx context.Context, s *session.Session, from store.Source, form *pullForm) ([]byte, error) {
	content := [][]byte{}
	for _, l := range form.overrides {
		one, err := s.ReadFile(ctx, from, l.Descriptor)
		if err != nil {
			return nil, fmt.Errorf("reading file %q: %w", l.File.Name, err)
		}
		content = append(content, one)
	}
	return form.merged(content), nil
}
