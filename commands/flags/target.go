package flags

import (
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
)

// Flat asks for an index without indexes in it.
func Flat() cli.Flag {
	return &cli.BoolFlag{Name: "flat", Usage: "list image manifests in the index instead of image indexes, for registries and clients that reject nested indexes"}
}

// PortableTag gives the portable composition a tag.
func PortableTag() cli.Flag {
	return &cli.StringFlag{Name: "portable-tag", Usage: "tag the portable composition as `TAG`, for clients that do not read indexes"}
}

// TagImages gives every image a tag.
func TagImages() cli.Flag {
	return &cli.BoolFlag{Name: "tag-images", Usage: "tag every image as well, for registries whose clean-up removes untagged manifests"}
}

// AsFlag sets the name of the repository in the files of a package.
func AsFlag() cli.Flag {
	return &cli.StringFlag{Name: "as", Usage: "name the repository `HOST/REPOSITORY` in the packaged files, if it has another name where they run"}
}

// As reads the --as flag; nil where it is not given.
func As(c *cli.Context) (*name.Repository, error) {
	if !c.IsSet("as") {
		return nil, nil
	}
	ref, err := ParseReference(c.String("as"))
	if err != nil {
		return nil, err
	}
	repo := ref.Context()
	return &repo, nil
}

// NameRepository sets the repository of a package, and its name in the files.
func NameRepository(c *cli.Context, options *artifact.Options, repo name.Repository) error {
	other, err := As(c)
	if err != nil {
		return err
	}
	options.Repository = repo
	if other != nil {
		options.Repository, options.As = *other, true
	}
	return nil
}
