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
	"github.com/ocompose/ocompose/internal/action/inspect"
	"github.com/ocompose/ocompose/internal/action/pull"
	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/report"
)

func newDiff(t *terminal.Terminal) *cli.Command {
	isFile := func(f cli.Flag) bool { return f.Names()[0] == "file" }
	return program.Build(t, program.Command{
		Name:  "diff",
		Usage: "show how two applications differ",
		Args:  "A B",
		Description: "Compares services, images (name, tag, digest, platform), files and variables. A and B\n" +
			"are compositions, or Compose projects: a folder such as . or shop, a file that ends with\n" +
			".yaml or .yml, or - for stdin. A folder with a project or a saved composition is taken\n" +
			"before a composition of that name. A project is compared as it would be packaged now. The\n" +
			"location of images is ignored: a copy, or a bundle of the same images, is equal. Exits with\n" +
			"status 1 if A and B differ, and with another status if they can't be compared.",
		Examples: []string{"ocompose diff registry.example.com/shop:1.0 registry.example.com/shop:1.1", "ocompose diff registry.example.com/shop:1.0 compose.yaml"},
		Outputs:  []string{"text", "json"},
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

// A differError reports that the compared applications differ.
type differError struct{ a, b string }

func (e *differError) Error() string { return fmt.Sprintf("%s and %s differ", e.a, e.b) }

func diff(t *terminal.Terminal, c program.Call) error {
	platform, err := flags.PlatformOrDefault(t, c.Flags)
	if err != nil {
		return err
	}
	var sides [2]*inspect.Comparable
	for i, arg := range c.Args {
		c.Args[i] = folderFirst(t, arg)
	}
	for _, arg := range c.Args { // check both before the first request to a registry
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
	d, err := inspect.Compare(c.Ctx, sides[0], sides[1], platform)
	if err != nil {
		return err
	}
	if d.A.Platform != d.B.Platform {
		t.Warn(fmt.Sprintf("%s is compared %s, and %s %s: the same image can have different digests",
			d.A.Reference, onPlatform(d.A), d.B.Reference, onPlatform(d.B)))
	}
	if c.Output == "json" {
		err = t.PrintJSON(d)
	} else {
		err = t.Print(console.Lines(show.DifferenceLines(d), t.Width())...)
	}
	if err == nil && !d.Same {
		err = &differError{c.Args[0], c.Args[1]}
	}
	return err
}

// onPlatform describes which composition was compared.
func onPlatform(c report.Compared) string {
	if c.Platform == "" {
		return "as its portable composition"
	}
	return "as its composition for " + c.Platform
}

// openComparable reads one side of a comparison.
func openComparable(t *terminal.Terminal, c program.Call, arg string, platform *v1.Platform) (*inspect.Comparable, error) {
	if !isProject(t, arg) {
		at, err := c.Location(arg)
		if err != nil {
			return nil, err
		}
		return inspect.ComparePackage(c.Ctx, c.Session, at)
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
		return nil, fmt.Errorf("no Compose file in the folder %s", arg)
	}
	t.Warn(project.Warnings...)
	pinned := project
	if folder != "" {
		if project, pinned, err = withoutPins(c.Ctx, options, project); err != nil {
			return nil, err
		}
	}
	return inspect.CompareProject(c.Ctx, c.Session, arg, project, pinned, platform)
}

// withoutPins returns the project of a folder without and with the pins that pull wrote
// there. If there are no pins, or other changes too, both are the project that
// Docker Compose loads.
func withoutPins(ctx context.Context, options compose.Options, project *compose.Project) (bare, pinned *compose.Project, err error) {
	override := pull.PulledOverride(options.WorkDir)
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

// isIn reports whether the first of the files is in the folder: Docker Compose, and loading, also
// search the parent folders.
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

// folderFirst returns ./NAME for the name of a folder that has a project or an image layout. Any
// other name is returned as it is.
func folderFirst(t *terminal.Terminal, arg string) string {
	if arg == flags.Standard || flags.IsFileReference(arg) {
		return arg
	}
	for _, name := range append([]string{"oci-layout"}, compose.DefaultFiles()...) {
		if info, err := os.Stat(filepath.Join(t.Path(arg), name)); err == nil && info.Mode().IsRegular() {
			return "./" + arg
		}
	}
	return arg
}

// isProject reports whether an argument is a Compose project: standard input, a folder that is
// not an image layout, or a file with the extension of Compose files.
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
