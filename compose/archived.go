package compose

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/carry"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/mounts"
	"github.com/ocompose/ocompose/compose/internal/override"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/source"
)

// loadArchived loads the project for an archive: with its files unchanged if its images can
// be pinned in them, otherwise flattened.
func loadArchived(ctx context.Context, opts Options, src *source.Source) (*Project, error) {
	p, err := loadSource(ctx, opts, src)
	if err != nil || opts.Flatten {
		return p, err
	}
	if fits, err := p.pinsInOneFile(ctx); err != nil || fits {
		return p, err
	}
	opts.Flatten = true
	return loadSource(ctx, opts, src)
}

// pinsInOneFile reports whether all images of the project can be pinned in its only Compose
// file, by editing their references where they are written.
func (p *Project) pinsInOneFile(ctx context.Context) (bool, error) {
	if len(p.Files) != 1 {
		return false, nil
	}
	files, err := p.Pin(ctx, trialPins(p.Images))
	if err != nil {
		return false, err
	}
	merged := slices.DeleteFunc(files, func(f File) bool { return !f.Kind.IsMerged() })
	return len(merged) == 1, nil
}

// trialPins returns pins that differ if their references do, as real pins would.
func trialPins(images []Image) Pins {
	pins := Pins{}
	for _, image := range images {
		name, _, _ := strings.Cut(image.Ref, "@")
		pins[image.Path] = Pin{Ref: fmt.Sprintf("%s@sha256:%x", name, sha256.Sum256([]byte(image.Ref))), InPlace: true}
	}
	return pins
}

// carryArchived carries files for an archive with a single, flattened Compose file, and
// writes the changes for carried files and the user's images into that file.
func (l *loaded) carryArchived(ctx context.Context, p *Project, opts carry.Options, needs []carry.Need, all []mounts.Mount) (carry.Result, map[string]string, error) {
	result := carry.Carry(opts, needs, all)
	b, original := l.basis, l.absolute
	if changes := slices.Concat(l.givenImages(p), result.Lasting); len(changes) > 0 {
		var err error
		if b, err = b.changed(ctx, p, lastingName, changes, false); err == nil {
			original, err = b.model.Absolute()
		}
		if err != nil {
			return result, nil, &problem.Error{Kind: problem.File, Reason: "changing the Compose files so that they name the packaged files and images", Err: err}
		}
	}
	result.Lasting = nil
	given, err := l.flatten(ctx, p, b, original, opts.Host)
	return result, given, err
}

// givenImages returns changes that set the images of services from [Options.Images].
func (l *loaded) givenImages(p *Project) []override.Change {
	var changes []override.Change
	for _, image := range p.Images {
		section, _, _ := strings.Cut(image.Path, ".")
		if image.Path != section+"."+image.Service+".image" {
			continue // hooks and mounts keep the images of the files
		}
		at := model.Path{section, image.Service, "image"}
		if written, _ := model.Text(l.basis.model.Tree, at); image.Ref != "" && image.Ref != written {
			changes = append(changes, override.Change{At: at, Value: image.Ref})
		}
	}
	return changes
}
