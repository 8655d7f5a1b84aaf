package compose

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/pinning"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

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
	return countComposeFiles(files) == 1, nil
}

// trialPins are pins that differ where the references do, as real ones would.
func trialPins(images []Image) Pins {
	pins := Pins{}
	for _, image := range images {
		name, _, _ := strings.Cut(image.Ref, "@")
		pins[image.Path] = Pin{Ref: fmt.Sprintf("%s@sha256:%x", name, sha256.Sum256([]byte(image.Ref))), InPlace: true}
	}
	return pins
}

func countComposeFiles(files []File) int {
	n := 0
	for _, f := range files {
		if f.Kind == ComposeFile {
			n++
		}
	}
	return n
}

// withGivenImages returns the basis with one more file, which gives services the images of
// [Options.Images]; without any, the basis itself.
func (l *loaded) withGivenImages(ctx context.Context, p *Project) (*basis, error) {
	given := map[string]map[string]map[string]string{}
	for _, image := range p.Images {
		section, _, _ := strings.Cut(image.Path, ".")
		ref := l.opts.Images[image.Service]
		if ref == "" || image.Path != section+"."+image.Service+".image" {
			continue
		}
		if given[section] == nil {
			given[section] = map[string]map[string]string{}
		}
		given[section][image.Service] = map[string]string{"image": ref}
	}
	if len(given) == 0 {
		return l.basis, nil
	}
	content, err := yaml.Marshal(given)
	if err != nil {
		return nil, fmt.Errorf("writing the images that are given: %w", err)
	}
	documents, err := yamlnode.Parse(ctx, content)
	if err != nil {
		return nil, err
	}
	b := l.basis.on(append(slices.Clone(l.basis.files), pinning.NewFile(source.PinsName, content, documents)), nil)
	b.in.Known = append(slices.Clone(b.in.Known), documents)
	return b, nil
}
