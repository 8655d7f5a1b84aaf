package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/failure"
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/report"
)

func newDiff(t *terminal.Terminal) *cli.Command {
	isFile := func(f cli.Flag) bool { return f.Names()[0] == "file" }
	return program.Build(t, program.Command{
		Name:  "diff",
		Usage: "show how two applications differ",
		Args:  "A B",
		Description: "Compares services, images (name, tag, digest, platform), files and variables. A and B\n" +
			"are compositions, or Compose projects: a folder such as . or ./shop, a file that ends with\n" +
			".yaml or .yml, or - for stdin. A project is compared as it would be packaged now. Where an\n" +
			"image is kept does not matter: a copy, and a bundle of the same images, are the same. Exits\n" +
			"with status 1 if A and B differ, and with another one if they can't be compared.",
		Examples: []string{"ocompose diff registry.example.com/shop:1.0 registry.example.com/shop:1.1", "ocompose diff registry.example.com/shop:1.0 compose.yaml"},
		Formats:  []string{"text", "json"},
		Document: report.Difference{},
		Flags: append(slices.DeleteFunc(flags.Project(), isFile),
			&cli.StringFlag{Name: "platform", Usage: "compare the compositions for `OS/ARCH[/VARIANT]`, instead of the portable ones"},
		),
		Run: func(c program.Call) error {
			err := diff(t, c)
			var differ *differError
			if err == nil || errors.As(err, &differ) {
				return err
			}
			return &failure.TroubleError{Err: err}
		},
	})
}

// A differError tells that what was compared is not the same.
type differError struct{ a, b string }

func (e *differError) Error() string { return fmt.Sprintf("%s and %s differ", e.a, e.b) }

func diff(t *terminal.Terminal, c program.Call) error {
	platform, err := flags.PlatformOrDefault(t, c.Flags)
	if err != nil {
		return err
	}
	var sides [2]*action.Comparable
	for _, arg := range c.Args { // both are looked at before a registry is asked for one
		if isProject(t, arg) {
			continue
		}
		if _, err := c.Location(arg); err != nil {
			return err
		}
		if info, err := os.Stat(t.Path(arg)); err == nil && info.IsDir() && !flags.IsFileReference(arg) {
			t.Warn(fmt.Sprintf("%s is read as a reference: for the folder, write ./%s", arg, arg))
		}
	}
	for i, arg := range c.Args {
		if sides[i], err = openComparable(t, c, arg, platform); err != nil {
			return err
		}
	}
	d, err := c.Session.Compare(c.Ctx, sides[0], sides[1], platform)
	if err != nil {
		return err
	}
	if d.A.Platform != d.B.Platform {
		t.Warn(fmt.Sprintf("%s is compared %s, and %s %s: the same image can have other digests there",
			d.A.Reference, onPlatform(d.A), d.B.Reference, onPlatform(d.B)))
	}
	if c.Format == "json" {
		err = t.PrintJSON(d)
	} else {
		err = t.Print(show.DifferenceLines(d)...)
	}
	if err == nil && !d.Same {
		err = &differError{c.Args[0], c.Args[1]}
	}
	return err
}

// onPlatform tells which composition was compared.
func onPlatform(c report.Compared) string {
	if c.Platform == "" {
		return "as its portable composition"
	}
	return "as its composition for " + c.Platform
}

// openComparable reads one side of a comparison.
func openComparable(t *terminal.Terminal, c program.Call, arg string, platform *v1.Platform) (*action.Comparable, error) {
	if !isProject(t, arg) {
		at, err := c.Location(arg)
		if err != nil {
			return nil, err
		}
		return c.Session.ComparePackage(c.Ctx, at)
	}
	options, err := c.ProjectOptions()
	if err != nil {
		return nil, err
	}
	folder := ""
	if info, err := os.Stat(t.Path(arg)); arg == flags.Standard || err != nil || !info.IsDir() {
		options.Files = []string{arg}
	} else {
		folder = t.Path(arg)
		options.WorkDir = folder
	}
	project, err := compose.Load(c.Ctx, options)
	if err != nil {
		return nil, err
	}
	if folder != "" && !isIn(project.Sources, options.WorkDir) {
		return nil, fmt.Errorf("there is no Compose file in the folder %s", arg)
	}
	t.Warn(project.Warnings...)
	pinned := project
	if folder != "" {
		if project, pinned, err = withoutPins(c.Ctx, options, project); err != nil {
			return nil, err
		}
	}
	return c.Session.CompareProject(c.Ctx, arg, project, pinned, platform)
}

// withoutPins returns the project of a folder without the pins that pulling wrote there, and
// with them. Where there are none, or other changes beside them, both are the project that
// Docker Compose loads.
func withoutPins(ctx context.Context, options compose.Options, project *compose.Project) (bare, pinned *compose.Project, err error) {
	override := action.PulledOverride(options.WorkDir)
	if i := slices.Index(project.Sources, override); override != "" && i > 0 {
		options.Files = slices.Delete(slices.Clone(project.Sources), i, i+1)
		bare, err := compose.Load(ctx, options)
		if err != nil || !sameImages(bare, project) {
			return project, project, ctx.Err()
		}
		return bare, project, nil
	}
	pins := filepath.Join(options.WorkDir, compose.PinsFile)
	if _, err := os.Stat(pins); err != nil {
		return project, project, nil
	}
	options.Files = append(slices.Clone(project.Sources), pins)
	pinned, err = compose.Load(ctx, options)
	return project, pinned, err
}

// sameImages reports whether two projects have the same services, with images at the same
// places.
func sameImages(a, b *compose.Project) bool {
	samePath := func(a, b compose.Image) bool { return a.Path == b.Path }
	return slices.Equal(a.Services, b.Services) && slices.EqualFunc(a.Images, b.Images, samePath)
}

// isIn tells whether the first of the files is in the folder: Docker Compose, and loading, look
// in those above as well.
func isIn(files []string, dir string) bool {
	if len(files) == 0 {
		return false
	}
	found, err := os.Stat(filepath.Dir(files[0]))
	if err != nil {
		return false
	}
	wanted, err := os.Stat(dir)
	return err == nil && os.SameFile(found, wanted)
}

// isProject tells whether an argument is a Compose project: standard input, a folder that is
// no image layout, or a file with the ending of Compose files.
func isProject(t *terminal.Terminal, arg string) bool {
	if arg == flags.Standard {
		return true
	}
	info, err := os.Stat(t.Path(arg))
	if err != nil {
		return false
	}
	if info.IsDir() {
		_, err := os.Stat(filepath.Join(t.Path(arg), "oci-layout"))
		return err != nil && (arg == "." || arg == ".." || flags.IsFileReference(arg))
	}
	return slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(arg))
}
