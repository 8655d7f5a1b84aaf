package flags

import (
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
)

// Flat is the flag for an index without nested indexes.
func Flat() cli.Flag {
	return &cli.BoolFlag{Name: "flat", Usage: "list image manifests in the index instead of image indexes, for registries and clients that reject nested indexes"}
}

// PortableTag is the flag that tags the portable composition.
func PortableTag() cli.Flag {
	return &cli.StringFlag{Name: "portable-tag", Usage: "tag the portable composition as `TAG`, for clients that do not read indexes"}
}

// TagImages is the flag that tags every image.
func TagImages() cli.Flag {
	return &cli.BoolFlag{Name: "tag-images", Usage: "also tag every image, for registries whose cleanup deletes untagged manifests"}
}

// AsFlag is the flag that sets the name of the repository in the files of a package.
func AsFlag() cli.Flag {
	return &cli.StringFlag{Name: "as", Usage: "use the repository name `HOST/REPOSITORY` in the packaged files, if images are pulled from there"}
}

// As reads the --as flag; nil if it is not given.
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
