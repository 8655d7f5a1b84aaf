package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/report"
)

func newDiff(t *terminal) *cli.Command {
	isFile := func(f cli.Flag) bool { return f.Names()[0] == "file" }
	return t.build(command{
		name:  "diff",
		usage: "show how two applications differ",
		args:  "A B",
		description: "Compares services, images (name, tag, digest, platform), files and variables. A and B\n" +
			"are compositions, or Compose projects: a folder such as . or shop, a file that ends with\n" +
			".yaml or .yml, or - for stdin. A folder that has a project or a saved composition is meant\n" +
			"before a composition of that name. A project is compared as it would be packaged now. Where an\n" +
			"image is kept does not matter: a copy, and a bundle of the same images, are the same. Exits\n" +
			"with status 1 if A and B differ, and with another one if they can't be compared.",
		examples: []string{"ocompose diff registry.example.com/shop:1.0 registry.example.com/shop:1.1", "ocompose diff registry.example.com/shop:1.0 compose.yaml"},
		formats:  []string{"text", "json"},
		document: report.Difference{},
		flags: append(slices.DeleteFunc(projectFlags(), isFile),
			&cli.StringFlag{Name: "platform", Usage: "compare the compositions for `OS/ARCH[/VARIANT]`, instead of the portable ones"},
		),
		run: func(c call) error {
			err := t.diff(c)
			var differ *differError
			if err == nil || errors.As(err, &differ) {
				return err
			}
			return &troubleError{err}
		},
	})
}

// A differError tells that what was compared is not the same.
type differError struct{ a, b string }

func (e *differError) Error() string { return fmt.Sprintf("%s and %s differ", e.a, e.b) }

// A troubleError is why a command could not answer, where status 1 is one of its answers.
type troubleError struct{ error }

func (e *troubleError) Unwrap() error { return e.error }

func (t *terminal) diff(c call) error {
	platform, err := t.platformOrDefault(c.flags)
	if err != nil {
		return err
	}
	var sides [2]*action.Comparable
	for i, arg := range c.args {
		c.args[i] = t.folderFirst(arg)
	}
	for _, arg := range c.args { // both are looked at before a registry is asked for one
		if t.isProject(arg) {
			continue
		}
		if _, err := t.location(c, arg); err != nil {
			return err
		}
		if info, err := os.Stat(t.path(arg)); err == nil && info.IsDir() && !isFileReference(arg) {
			t.warn(fmt.Sprintf("%s is read as a reference: for the folder, write ./%s", arg, arg))
		}
	}
	for i, arg := range c.args {
		if sides[i], err = t.comparable(c, arg, platform); err != nil {
			return err
		}
	}
	d, err := c.session.Compare(c.ctx, sides[0], sides[1], platform)
	if err != nil {
		return err
	}
	if d.A.Platform != d.B.Platform {
		t.warn(fmt.Sprintf("%s is compared %s, and %s %s: the same image can have other digests there",
			d.A.Reference, onPlatform(d.A), d.B.Reference, onPlatform(d.B)))
	}
	if c.format == "json" {
		err = t.printJSON(d)
	} else {
		err = t.print(differenceLines(d)...)
	}
	if err == nil && !d.Same {
		err = &differError{c.args[0], c.args[1]}
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

// comparable reads one side of a comparison.
func (t *terminal) comparable(c call, arg string, platform *v1.Platform) (*action.Comparable, error) {
	if !t.isProject(arg) {
		at, err := t.location(c, arg)
		if err != nil {
			return nil, err
		}
		return c.session.ComparePackage(c.ctx, at)
	}
	options, err := t.projectOptions(c.flags)
	if err != nil {
		return nil, err
	}
	folder := ""
	if info, err := os.Stat(t.path(arg)); arg == standard || err != nil || !info.IsDir() {
		options.Files = []string{arg}
	} else {
		folder = t.path(arg)
		options.WorkDir = folder
	}
	project, err := compose.Load(c.ctx, options)
	if err != nil {
		return nil, err
	}
	if folder != "" && !isIn(project.Sources, options.WorkDir) {
		return nil, fmt.Errorf("there is no Compose file in the folder %s", arg)
	}
	t.warn(project.Warnings...)
	pinned := project
	if folder != "" {
		if project, pinned, err = withoutPins(c.ctx, options, project); err != nil {
			return nil, err
		}
	}
	return c.session.CompareProject(c.ctx, arg, project, pinned, platform)
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

// folderFirst returns ./NAME for the name of a folder that has a project or an image layout. Any
// other name is returned as it is.
func (t *terminal) folderFirst(arg string) string {
	if arg == standard || isFileReference(arg) {
		return arg
	}
	for _, name := range append([]string{"oci-layout"}, compose.DefaultFiles()...) {
		if info, err := os.Stat(filepath.Join(t.path(arg), name)); err == nil && info.Mode().IsRegular() {
			return "./" + arg
		}
	}
	return arg
}

// isProject tells whether an argument is a Compose project: standard input, a folder that is
// no image layout, or a file with the ending of Compose files.
func (t *terminal) isProject(arg string) bool {
	if arg == standard {
		return true
	}
	info, err := os.Stat(t.path(arg))
	if err != nil {
		return false
	}
	if info.IsDir() {
		_, err := os.Stat(filepath.Join(t.path(arg), "oci-layout"))
		return err != nil && (arg == "." || arg == ".." || isFileReference(arg))
	}
	return slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(arg))
}

// differenceLines are a line for each difference: what was added (+), removed (-) or
// changed (~).
func differenceLines(d *report.Difference) []string {
	var lines []string
	add := func(change, kind, name, more string) {
		sign := map[string]string{report.Added: "+", report.Removed: "-", report.Changed: "~"}[change]
		if more != "" {
			name += ": " + more
		}
		lines = append(lines, console.Printable(sign+" "+kind+" "+name))
	}
	for _, c := range d.Platforms {
		add(c.Change, "platform", c.Name, "")
	}
	for _, c := range d.Services {
		add(c.Change, "service", c.Name, "")
	}
	for _, c := range d.Images {
		add(c.Change, "image", strings.TrimSuffix(strings.TrimPrefix(c.Path, "services."), ".image"), fromTo(c.A, c.B))
	}
	for _, c := range d.Files {
		add(c.Change, "file", c.Name, strings.Join(c.Fields, ", "))
	}
	for _, c := range d.Variables {
		var a, b *variable
		if c.A != nil {
			a = &variable{*c.A}
		}
		if c.B != nil {
			b = &variable{*c.B}
		}
		add(c.Change, "variable", c.Name, fromTo(a, b))
	}
	return lines
}

// fromTo prints what something was and what it is; only one of them where the other is nil.
func fromTo[T any, P interface {
	*T
	fmt.Stringer
}](a, b P) string {
	switch {
	case a == nil:
		return b.String()
	case b == nil:
		return a.String()
	}
	return a.String() + " -> " + b.String()
}

// A variable is one that prints what is expected of it.
type variable struct{ compose.Variable }

func (v *variable) String() string {
	switch {
	case v.Required:
		return "required"
	case v.Default != "":
		return fmt.Sprintf("default %q", v.Default)
	}
	return "no default"
}
