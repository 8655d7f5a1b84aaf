package commands

import (
	"context"
	"errors"
	"strings"

	"github.com/docker/go-units"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/progress"
)

// outputFlags say how a command prints.
func outputFlags(c command) []cli.Flag {
	quiet := &cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print only errors on stderr"}
	if len(c.formats) == 0 {
		return []cli.Flag{quiet}
	}
	usage := "format the result with a Go `TEMPLATE`, such as {{json .}}"
	if c.document == nil {
		usage = "print the result as `FORMAT`, like --output"
	}
	if len(c.kinds) > 0 {
		usage += "; or package for another reader: " + strings.Join(c.kinds, ", ")
	}
	return []cli.Flag{
		quiet,
		&cli.StringFlag{Name: "format", Usage: usage},
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "print the result as `FORMAT`: " + strings.Join(c.formats, ", ")},
	}
}

// projectFlags say which Compose project is read and what of it is packaged.
func projectFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "file", Aliases: []string{"f"}, Usage: "read the Compose `FILE`, - for stdin; repeat it for overrides"},
		&cli.StringFlag{Name: "project-directory", Usage: "resolve relative paths in `DIR` instead of the first file's folder"},
		&cli.StringSliceFlag{Name: "env-file", Usage: "read variables from `FILE` instead of .env"},
		&cli.StringSliceFlag{Name: "profile", Usage: "package the services of profile `NAME` and those without one, instead of all"},
		&cli.StringSliceFlag{Name: "image", Usage: "use image REF for service NAME or for all that run image NAME, as `NAME=REF`; *=REF, with {service} in REF, for all that are built"},
		&cli.BoolFlag{Name: "with-env", Usage: "package the files of env_file"},
		&cli.BoolFlag{Name: "with-files", Usage: "package all mounted files of the project folder, not only those that are clearly part of the application"},
		&cli.BoolFlag{Name: "without-files", Usage: "package no mounted files"},
		&cli.StringFlag{Name: "max-files-size", Usage: "package up to `SIZE` bytes of mounted files", Value: "10MiB"},
		&cli.BoolFlag{Name: "flatten", Usage: "resolve include and extends into one file"},
		&cli.BoolFlag{Name: "as-is", Usage: "package all files as they are, also those that only ocompose pull restores"},
		&cli.BoolFlag{Name: "allow-secrets", Usage: "package values that look like secrets, but no private keys or tokens of known services"},
		&cli.StringSliceFlag{Name: "allow-secret", Usage: "package the secret `NAME`, a variable, or all in the file NAME; repeat it for more"},
	}
}

// packageFlags say what a package of a project is like.
func packageFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "bundle", Usage: "copy the images into the repository and point the compose file at them"},
		&cli.StringSliceFlag{Name: "platform", Usage: "package for platform `OS/ARCH[/VARIANT]`; repeat it or use commas for more"},
		&cli.StringSliceFlag{Name: "annotation", Usage: "annotate the package with `KEY=VALUE`"},
		&cli.BoolFlag{Name: "no-portable", Usage: "leave out the portable composition, which fits any platform"},
		referrersFlag(),
		flatFlag(),
		portableTagFlag(),
		asFlag(),
		tagImagesFlag(),
		lockedFlag(),
		&cli.BoolFlag{Name: "from-docker", Usage: "with --bundle, take images that are in no registry from this machine's Docker engine"},
		&cli.BoolFlag{Name: "dry-run", Usage: "print what would be pushed, and push nothing"},
		repairFlag(),
		forceFlag(),
	}
}

// forceFlag lets a tag move away from something that is no composition.
func forceFlag() cli.Flag {
	return &cli.BoolFlag{Name: "force", Usage: "move the tag even if it points at something other than a composition"}
}

// repairFlag asks to look below what is there.
func repairFlag() cli.Flag {
	return &cli.BoolFlag{Name: "repair", Usage: "check everything, also below manifests that exist, and send what is missing"}
}

// referrersFlag says which referrers go along.
func referrersFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "referrers", Usage: "copy referrers of artifact type `TYPE`, also those of images; all copies every type, none nothing; without the flag, only the composition's are copied"}
}

// following reads the --referrers flags.
func following(c *cli.Context) action.Following {
	var f action.Following
	for _, value := range c.StringSlice("referrers") {
		switch value {
		case "none":
			f.None = true
		case "all":
			f.All = true
		default:
			f.Types = append(f.Types, value)
		}
	}
	if f.All {
		f.Types = nil
	}
	return f
}

// projectOptions are what the flags say of the Compose project to read.
func (t *terminal) projectOptions(c call) (compose.Options, error) {
	options, err := t.projectFlags(c.flags)
	if c.session != nil {
		options.Fetch = c.session.FetchIncluded(nil)
	}
	return options, err
}

func (t *terminal) projectFlags(c *cli.Context) (compose.Options, error) {
	for _, pair := range [][2]string{{"with-files", "without-files"}, {"flatten", "as-is"}} {
		if c.Bool(pair[0]) && c.Bool(pair[1]) {
			return compose.Options{}, usagef("--%s and --%s exclude each other", pair[0], pair[1])
		}
	}
	if c.IsSet("max-files-size") && c.Bool("without-files") {
		return compose.Options{}, usagef("--max-files-size and --without-files exclude each other")
	}
	images, err := pairs(c, "image")
	if err != nil {
		return compose.Options{}, err
	}
	maxFilesSize, err := size(c, "max-files-size")
	if err != nil {
		return compose.Options{}, err
	}
	return compose.Options{
		Files:        c.StringSlice("file"),
		ProjectDir:   c.String("project-directory"),
		EnvFiles:     c.StringSlice("env-file"),
		Profiles:     c.StringSlice("profile"),
		Environ:      t.Environ,
		WorkDir:      t.Dir,
		Stdin:        t.Stdin,
		Images:       images,
		WithEnv:      c.Bool("with-env"),
		WithFiles:    c.Bool("with-files"),
		WithoutFiles: c.Bool("without-files"),
		MaxFilesSize: maxFilesSize,
		Flatten:      c.Bool("flatten"),
		AsIs:         c.Bool("as-is"),
		AllowSecrets: c.Bool("allow-secrets"),
		AllowSecret:  c.StringSlice("allow-secret"),
	}, nil
}

// size reads a flag that is a number of bytes.
func size(c *cli.Context, flag string) (int64, error) {
	n, err := units.RAMInBytes(c.String(flag))
	if err != nil || n < 1 {
		return 0, usagef("--%s %q: it is a number of bytes, such as 500k or 20MiB", flag, c.String(flag))
	}
	return n, nil
}

// project loads a Compose project, and tells what the user should know about it.
func (t *terminal) project(ctx context.Context, options compose.Options) (*compose.Project, error) {
	project, err := compose.Load(ctx, options)
	if err != nil {
		return nil, err
	}
	t.warn(project.Warnings...)
	t.tellRequired(project.Requires)
	for _, file := range project.Carried {
		t.note("carries %s (%s)", file.Name, progress.Bytes(int64(len(file.Content))))
	}
	if len(project.Services) == 0 {
		return nil, errors.New("the project has no services: there is nothing to package")
	}
	return project, nil
}

// packageOptions are what the flags say of the package to build.
func (t *terminal) packageOptions(c *cli.Context) (artifact.Options, error) {
	options := artifact.Options{Mode: artifact.Loose, NoPortable: c.Bool("no-portable"), Flat: c.Bool("flat")}
	if c.Bool("bundle") {
		options.Mode = artifact.Bundled
	}
	var err error
	if options.Platforms, err = platforms(c); err != nil {
		return options, err
	}
	if options.Annotations, err = pairs(c, "annotation"); err != nil {
		return options, err
	}
	return options, t.addCreated(&options)
}

// pushOptions are what the flags say of what a push leaves in the store.
func pushOptions(c *cli.Context, tag string, also ...string) action.PushOptions {
	return action.PushOptions{Tag: tag, AlsoTags: also, PortableTag: c.String("portable-tag"), TagImages: c.Bool("tag-images"), Repair: c.Bool("repair"), Force: c.Bool("force"), Following: following(c)}
}

// platforms reads the --platform flags.
func platforms(c *cli.Context) ([]v1.Platform, error) {
	var all []v1.Platform
	for _, s := range c.StringSlice("platform") {
		p, err := parsePlatform(s)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// onePlatform reads the --platform flag of a command that takes one: nil where it is not
// given.
func onePlatform(c *cli.Context) (*v1.Platform, error) {
	s := c.String("platform")
	if s == "" {
		return nil, nil
	}
	p, err := parsePlatform(s)
	return &p, err
}

// platformOrDefault is onePlatform; where that is not given, it is the platform that
// DOCKER_DEFAULT_PLATFORM asks for, if it does.
func (t *terminal) platformOrDefault(c *cli.Context) (*v1.Platform, error) {
	p, err := onePlatform(c)
	if value := t.getenv("DOCKER_DEFAULT_PLATFORM"); err == nil && p == nil && value != "" {
		byDefault, err := artifact.ParsePlatform(value)
		if err != nil {
			return nil, usagef("DOCKER_DEFAULT_PLATFORM: %v", err)
		}
		return &byDefault, nil
	}
	return p, err
}

// parsePlatform reads one value of --platform.
func parsePlatform(s string) (v1.Platform, error) {
	p, err := artifact.ParsePlatform(s)
	if err != nil {
		return p, usagef("--platform: %v", err)
	}
	return p, nil
}

// pairs reads the NAME=VALUE values of a flag.
func pairs(c *cli.Context, flag string) (map[string]string, error) {
	all := map[string]string{}
	for _, s := range c.StringSlice(flag) {
		key, value, _ := strings.Cut(s, "=")
		if before, ok := all[key]; ok {
			return nil, insteadf("--%s gives %s two values, %q and %q: leave out one", flag, key, before, value)
		}
		all[key] = value
	}
	return all, nil
}
