package commands

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
)

// usedImage is an image of a project or composition. Its JSON is a contract.
type usedImage struct {
	Path    string `json:"path"`
	Service string `json:"service"`
	// Reference is as the files have it.
	Reference string `json:"reference"`
	// Digest is what it resolves to now: an index's or a manifest's.
	Digest    string   `json:"digest"`
	MediaType string   `json:"mediaType"`
	Platforms []string `json:"platforms"`
}

func newImages(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "images",
		Usage:     "list the images of a project or a composition, resolved",
		ArgsUsage: "[REF]",
		Description: "With REF, the images that the composition runs; without, those of the Compose\n" +
			"project here. Every image is asked for, so that what is missing shows.",
		Flags: slices.Concat(projectFlags(), networkFlags(), outputFlags("table, json"), []cli.Flag{
			&cli.StringFlag{Name: "platform", Usage: "list the composition's images for `OS/ARCH[/VARIANT]`, instead of the portable ones"},
		}),
		Action: t.network("table, json", "[REF]", func(c call) error {
			places, err := t.places(c)
			if err != nil {
				return err
			}
			resolved, err := c.remote.ResolveAll(c.ctx, places)
			if err != nil {
				return err
			}
			used := []usedImage{}
			for _, place := range places {
				used = append(used, describeUse(place, resolved[place.Path]))
			}
			if c.format == "json" {
				return t.printJSON(used)
			}
			return t.table(func(row printRow) {
				row("SERVICE\tIMAGE\tDIGEST\tPLATFORMS")
				for _, u := range used {
					row("%s\t%s\t%s\t%s", u.Service, u.Reference, u.Digest, strings.Join(u.Platforms, ", "))
				}
			})
		}),
	}
}

// places are where the project or the composition names images.
func (t *terminal) places(c call) ([]compose.Image, error) {
	if len(c.args) == 0 {
		project, err := t.project(c.flags)
		if err != nil {
			return nil, err
		}
		return project.Images, nil
	}
	ref, err := parseReference(c.args[0])
	if err != nil {
		return nil, err
	}
	stored, err := c.remote.Fetch(c.ctx, ref)
	if err != nil {
		return nil, err
	}
	composition, err := listed(stored, c.flags.String("platform"))
	if err != nil {
		return nil, err
	}
	project, err := c.remote.Open(c.ctx, stored.Repository, composition)
	if err != nil {
		return nil, err
	}
	return project.Images, nil
}

// listed is the composition whose images are listed: the platform's that is asked
// for, or else the portable one, the only one, or this machine's.
func listed(stored *artifact.Stored, asked string) (artifact.StoredComposition, error) {
	if asked == "" {
		if portable, ok := stored.Portable(); ok {
			return portable, nil
		}
		if len(stored.Compositions) == 1 {
			return stored.Compositions[0], nil
		}
		return stored.Select(artifact.MachinePlatform())
	}
	platform, err := parsePlatform(asked)
	if err != nil {
		return artifact.StoredComposition{}, err
	}
	return stored.Select(platform)
}

// describeUse puts together what is known of an image.
func describeUse(place compose.Image, image *artifact.Image) usedImage {
	u := usedImage{
		Path:      place.Path,
		Service:   place.Service,
		Reference: place.Ref,
		Digest:    image.Root.Descriptor.Digest.String(),
		MediaType: string(image.Root.Descriptor.MediaType),
		Platforms: []string{},
	}
	for _, p := range image.Platforms() {
		u.Platforms = append(u.Platforms, p.String())
	}
	return u
}
