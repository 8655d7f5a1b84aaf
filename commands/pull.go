package commands

import (
	"fmt"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/unpack"
)

func newPull(t *terminal) *cli.Command {
	return t.build(command{
		name:  "pull",
		usage: "write the files of a composition into a folder",
		args:  "REF",
		description: "Writes the files of the composition for this machine's platform, or else the portable\n" +
			"one, and prints the paths of the Compose files in the order for docker compose -f. All\n" +
			"after the first become compose.override.yaml, so that plain docker compose up uses the\n" +
			"pins; image-digests.yaml is written as well. It warns of what the application needs and\n" +
			"this machine lacks. All content is verified, and nothing is written outside of the folder.",
		examples: []string{"ocompose pull --directory device registry.example.com/shop:1.0"},
		formats:  []string{"json"},
		document: report.Pulled{},
		flags: []cli.Flag{
			&cli.StringFlag{Name: "directory", Aliases: []string{"d"}, Usage: "write into `DIR`", Value: "."},
			&cli.StringFlag{Name: "platform", Usage: "pull the composition for `OS/ARCH[/VARIANT]`"},
			signatureFlag(),
			&cli.BoolFlag{Name: "force", Usage: "replace files that have other content"},
			&cli.BoolFlag{Name: "allow-hidden", Usage: "write files that other programs read or run by themselves, such as .bashrc"},
			&cli.StringFlag{Name: "max-size", Usage: "write files of up to `SIZE` bytes in total", Value: "1GiB"},
		},
		run: func(c call) error {
			at, err := t.location(c, c.args[0])
			if err != nil {
				return err
			}
			platform, err := t.platformOrDefault(c.flags)
			if err != nil {
				return err
			}
			dir := c.flags.String("directory")
			options := unpack.Options{Dir: t.path(dir), Force: c.flags.Bool("force"), AllowHidden: c.flags.Bool("allow-hidden")}
			if options.MaxSize, err = size(c.flags, "max-size"); err != nil {
				return err
			}
			if at, _, err = t.checkSignature(c, at, ""); err != nil {
				return err
			}
			composition, err := t.choose(c, at, platform)
			if err != nil {
				return err
			}
			pulled, err := c.session.Unpack(c.ctx, at.Store, composition, options)
			if err != nil {
				return err
			}
			return t.printPulled(dir, at, composition, pulled, c.format)
		},
	})
}

// choose reads the composition that is to be pulled.
func (t *terminal) choose(c call, at action.Location, platform *v1.Platform) (artifact.Composition, error) {
	asked := artifact.MachinePlatform()
	if platform != nil {
		asked = *platform
	}
	p, composition, err := c.session.FetchFor(c.ctx, at, func(p *artifact.Package) (artifact.Composition, error) { return p.Select(asked) })
	if err != nil {
		return artifact.Composition{}, err
	}
	t.notePortable(p, composition, asked, platform != nil)
	return composition, nil
}

// notePortable tells where a composition was chosen for a platform that is not known to be
// for it; explicit tells that the user asked for the platform.
func (t *terminal) notePortable(p *artifact.Package, chosen artifact.Composition, asked v1.Platform, explicit bool) {
	switch {
	case chosen.Platform != nil:
	case p.IsIndex():
		t.note("there is no composition for %s: pulled the portable one, whose images may not run on that platform", asked)
	case explicit:
		t.note("the composition does not say which platform it is for")
	}
}

// path is a path of the file system as the user wrote it, made absolute.
func (t *terminal) path(written string) string {
	if filepath.IsAbs(written) {
		return written
	}
	return filepath.Join(t.Dir, written)
}

// printPulled prints the files under the folder's name as the user wrote it.
func (t *terminal) printPulled(dir string, at action.Location, composition artifact.Composition, pulled action.Pulled, format string) error {
	digest := composition.Descriptor.Digest.String()
	result := report.Pulled{Reference: at.Store.Name() + "@" + digest, Digest: digest, Files: []report.PulledFile{}}
	if composition.Platform != nil {
		result.Platform = composition.Platform.String()
	}
	for _, f := range pulled.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		result.Files = append(result.Files, report.PulledFile{Path: path, Kind: report.KindName(f.Kind), Size: f.Size})
	}
	result.Missing = pulled.Missing
	command := t.commandFor(dir, result.Files, pulled)
	if format == "json" {
		result.Command = command
		return t.printJSON(result)
	}
	for i, f := range pulled.Files {
		if f.Kind != compose.ComposeFile {
			t.note("restored %s", result.Files[i].Path)
			continue
		}
		if err := t.print(result.Files[i].Path); err != nil {
			return err
		}
	}
	t.tellMissing(pulled.Missing)
	t.note("run it with: %s", strings.Join(command, " "))
	return nil
}

// commandFor is the command that starts what was pulled.
func (t *terminal) commandFor(dir string, files []report.PulledFile, pulled action.Pulled) []string {
	command := []string{"docker", "compose"}
	switch {
	case !pulled.Merged:
		for _, f := range files {
			if f.Kind == report.KindName(compose.ComposeFile) {
				command = append(command, "-f", f.Path)
			}
		}
		if pulled.Own {
			command = append(command, "-f", filepath.Join(dir, "compose.override.yaml"))
		}
	case filepath.Clean(dir) != ".":
		command = append(command, "--project-directory", dir)
	}
	return append(command, "up", "--detach")
}

// tellMissing tells what the application needs and is not there.
func (t *terminal) tellMissing(all []compose.Requirement) {
	var needed, created []string
	for _, r := range all {
		switch {
		case r.Kind == "mount" && r.Optional:
			created = append(created, r.Path)
		default:
			needed = append(needed, fmt.Sprintf("%s (%s)", r.Path, r.Kind))
		}
	}
	if len(needed) > 0 {
		t.warn("the application needs what is not here: " + strings.Join(needed, ", "))
	}
	if len(created) > 0 {
		t.note("empty folders are made for: %s", strings.Join(created, ", "))
	}
}
