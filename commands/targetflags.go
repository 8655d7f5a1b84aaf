package commands

import (
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/reference"
)

// flatFlag asks for an index without indexes in it.
func flatFlag() cli.Flag {
	return &cli.BoolFlag{Name: "flat", Usage: "list image manifests in the index instead of image indexes, for registries and clients that reject nested indexes"}
}

// portableTagFlag gives the portable composition a tag.
func portableTagFlag() cli.Flag {
	return &cli.StringFlag{Name: "portable-tag", Usage: "tag the portable composition as `TAG`, for clients that do not read indexes"}
}

// tagImagesFlag gives every image a tag.
func tagImagesFlag() cli.Flag {
	return &cli.BoolFlag{Name: "tag-images", Usage: "tag every image as well, for registries whose clean-up removes untagged manifests"}
}

// asFlag sets the name of the repository in the files of a package.
func asFlag() cli.Flag {
	return &cli.StringFlag{Name: "as", Usage: "name the repository `HOST/REPOSITORY` in the packaged files, if it has another name where they run"}
}

// as reads the --as flag; nil where it is not given.
func as(c *cli.Context) (*name.Repository, error) {
	if !c.IsSet("as") {
		return nil, nil
	}
	ref, err := parseReference(c.String("as"))
	if err != nil {
		return nil, err
	}
	repo := ref.Context()
	return &repo, nil
}

// nameRepository sets the repository of a package, and its name in the files.
func nameRepository(c *cli.Context, options *artifact.Options, repo name.Repository) error {
	other, err := as(c)
	if err != nil {
		return err
	}
	options.Repository = repo
	if other != nil {
		options.Repository, options.As = *other, true
	}
	return nil
}

// splitTags reads a reference with several tags, REPOSITORY:TAG,TAG. It returns the
// reference with the first tag, and the other tags.
func splitTags(arg string) (first string, others []string, err error) {
	i := strings.LastIndexByte(arg, ':')
	if i < 0 || strings.ContainsAny(arg[i:], `/\@`) || !strings.Contains(arg[i:], ",") {
		return arg, nil, nil
	}
	tags := strings.Split(arg[i+1:], ",")
	for i, tag := range tags {
		if slices.Contains(tags[:i], tag) {
			return "", nil, insteadf("reference %q: it has the tag %s twice", reference.Shown(arg), tag)
		}
		if err := reference.CheckTag(tag); err != nil {
			return "", nil, insteadf("reference %q: %v", reference.Shown(arg), err)
		}
	}
	return arg[:i+1] + tags[0], tags[1:], nil
}
