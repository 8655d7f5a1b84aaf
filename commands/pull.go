package commands

import (
	"path/filepath"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
)

// pulled is the result of pull. Its JSON is a contract.
type pulled struct {
	// Reference is the digest reference of the composition that was pulled.
	Reference string `json:"reference"`
	Digest    string `json:"digest"`
	// Platform is absent for a portable composition.
	Platform string       `json:"platform,omitempty"`
	Files    []pulledFile `json:"files"`
}

// pulledFile is a file that was written.
type pulledFile struct {
	Path string `json:"path"`
	// Kind is "compose" for what docker compose -f takes.
	Kind string `json:"kind"`
	Size int64  `json:"size"`
}

func newPull(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "pull",
		Usage:     "write the files of a composition into a folder",
		ArgsUsage: "REF",
		Description: "Writes the files of the composition for this machine's platform, or the portable\n" +
			"one, and prints the paths of those that docker compose -f takes, in their order.\n" +
			"Contents are verified, and nothing is written outside of the folder.",
		Flags: slices.Concat(networkFlags(), outputFlags("json"), []cli.Flag{
			&cli.StringFlag{Name: "directory", Aliases: []string{"d"}, Usage: "write into `DIR`", Value: "."},
			&cli.StringFlag{Name: "platform", Usage: "pull the composition for `OS/ARCH[/VARIANT]`"},
			&cli.BoolFlag{Name: "force", Usage: "replace files that have other content"},
		}),
		Action: t.onReference("json", "REF", func(c call, ref name.Reference) error {
			platform, err := onePlatform(c.flags)
			if err != nil {
				return err
			}
			stored, err := c.remote.Fetch(c.ctx, ref)
			if err != nil {
				return err
			}
			composition, err := stored.Select(platform)
			if err != nil {
				return err
			}
			dir := c.flags.String("directory")
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(t.Dir, dir)
			}
			files, err := c.remote.Unpack(c.ctx, stored.Repository, composition, artifact.UnpackOptions{Dir: dir, Force: c.flags.Bool("force")})
			if err != nil {
				return err
			}
			return t.printPulled(c.flags.String("directory"), stored, composition, files, c.format)
		}),
	}
}

// printPulled prints the files under the folder's name as the user wrote it.
func (t *terminal) printPulled(dir string, stored *artifact.Stored, composition artifact.StoredComposition, files []artifact.UnpackedFile, format string) error {
	digest := composition.Descriptor.Digest
	result := pulled{Reference: artifact.DigestName(stored.Repository, digest), Digest: digest.String(), Files: []pulledFile{}}
	if composition.Platform != nil {
		result.Platform = composition.Platform.String()
	}
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		result.Files = append(result.Files, pulledFile{Path: path, Kind: artifact.KindName(f.Kind), Size: f.Size})
	}
	if format == "json" {
		return t.printJSON(result)
	}
	for i, f := range files {
		if f.Kind != compose.ComposeFile {
			t.note("restored %s", result.Files[i].Path)
			continue
		}
		if err := t.print(result.Files[i].Path); err != nil {
			return err
		}
	}
	return nil
}
