package commands

import (
	"context"
	"errors"
	"strings"

	"github.com/docker/go-units"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/progress"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/transfer"
)

// outputFlags say how a command prints.
func outputFlags(formats []string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "print the result as `FORMAT`: " + strings.Join(formats, ", ")},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print nothing on stderr but errors"},
	}
}

// networkFlags say how a command talks to registries.
func networkFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "jobs", Usage: "maximum concurrent requests, `N`", Value: remote.DefaultJobs},
		&cli.BoolFlag{Name: "plain-http", Usage: "use HTTP without TLS for all registries, not only for those on this machine"},
	}
}

// projectFlags say which Compose project is read and what of it is packaged.
func projectFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "file", Aliases: []string{"f"}, Usage: "read the Compose `FILE`; again for overrides, - for stdin"},
		&cli.StringFlag{Name: "project-directory", Usage: "resolve relative paths in `DIR` instead of the first file's folder"},
		&cli.StringSliceFlag{Name: "env-file", Usage: "read variables from `FILE` instead of .env"},
		&cli.StringSliceFlag{Name: "profile", Usage: "package the services of profile `NAME` and those without one, instead of all"},
		&cli.StringSliceFlag{Name: "image", Usage: "give a service its image, as `SERVICE=REF`"},
		&cli.BoolFlag{Name: "with-env", Usage: "package the files of env_file"},
		&cli.BoolFlag{Name: "with-files", Usage: "package bind-mounted files and folders of the project folder"},
		&cli.StringFlag{Name: "max-files-size", Usage: "let --with-files package up to `SIZE` bytes", Value: "10MiB"},
		&cli.BoolFlag{Name: "flatten", Usage: "package one resolved file instead of includes and extends"},
		&cli.BoolFlag{Name: "allow-secrets", Usage: "package values that look like secrets"},
	}
}

// packageFlags say what a package of a project is like.
func packageFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "bundle", Usage: "copy the images into the repository and point the compose file at them"},
		&cli.StringSliceFlag{Name: "platform", Usage: "package for platform `OS/ARCH[/VARIANT]`; again for more"},
		&cli.StringSliceFlag{Name: "annotation", Usage: "annotate the package with `KEY=VALUE`"},
		&cli.BoolFlag{Name: "no-portable", Usage: "leave out the composition that is for any platform"},
		referrersFlag(),
		flatFlag(),
		portableTagFlag(),
		asFlag(),
		&cli.BoolFlag{Name: "tag-images", Usage: "tag every image too, for registries whose clean-up takes what has no tag"},
		lockedFlag(),
		&cli.BoolFlag{Name: "dry-run", Usage: "print what would be pushed, and push nothing"},
		repairFlag(),
		forceFlag(),
	}
}

// forceFlag lets a tag move away from something that is no composition.
func forceFlag() cli.Flag {
	return &cli.BoolFlag{Name: "force", Usage: "replace what the tag points at, also where that is not a composition"}
}

// repairFlag asks to look below what is there.
func repairFlag() cli.Flag {
	return &cli.BoolFlag{Name: "repair", Usage: "look below what is there already, and send what is missing"}
}

// referrersFlag says which referrers go along.
func referrersFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "referrers", Usage: "take along the referrers of artifact type `TYPE`, \"all\", also those of images, or \"none\"; the composition's own go along by default"}
}

// flatFlag asks for an index without indexes in it.
func flatFlag() cli.Flag {
	return &cli.BoolFlag{Name: "flat", Usage: "list the manifests of images in the index, in the place of their indexes, for registries and clients that take no index in an index"}
}

// asFlag names the repository as the place of use knows it.
func asFlag() cli.Flag {
	return &cli.StringFlag{Name: "as", Usage: "call the repository `HOST/REPOSITORY` in the files: the name by which it is reached where they run"}
}

// as reads the --as flag; nil where it is not given.
func as(c *cli.Context) (*name.Repository, error) {
	value := c.String("as")
	if value == "" {
		return nil, nil
	}
	repo, err := name.NewRepository(strings.TrimPrefix(value, "oci://"))
	if err != nil {
		return nil, usagef("--as %q: %v", value, err)
	}
	return &repo, nil
}

// callIt names the repository of a package as the place of use knows it.
func (t *terminal) callIt(c *cli.Context, options *artifact.Options, repo name.Repository) error {
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

// portableTagFlag gives the portable composition a tag.
func portableTagFlag() cli.Flag {
	return &cli.StringFlag{Name: "portable-tag", Usage: "tag the composition for any platform as `TAG`, for clients that take no index"}
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

// session returns the registries as the flags want them.
func (t *terminal) session(c *cli.Context) (*action.Session, error) {
	if c.Int("jobs") < 1 {
		return nil, usagef("--jobs %d: at least one request is needed", c.Int("jobs"))
	}
	options := []remote.Option{
		remote.WithJobs(c.Int("jobs")),
		remote.WithPlainHTTP(c.Bool("plain-http")),
		remote.WithUserAgent("ocompose/" + buildInfo().Version),
	}
	var observe func(transfer.Event)
	if t.showProgress(); t.progress != nil {
		options = append(options, remote.WithObserver(t.progress.Wire))
		observe = t.progress.Transfer
	}
	return action.NewSession(remote.New(options...), observe), nil
}

// projectOptions are what the flags say of the Compose project to read.
func (t *terminal) projectOptions(c *cli.Context) (compose.Options, error) {
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
		MaxFilesSize: maxFilesSize,
		Flatten:      c.Bool("flatten"),
		AllowSecrets: c.Bool("allow-secrets"),
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

// pairs reads the KEY=VALUE values of a flag.
func pairs(c *cli.Context, flag string) (map[string]string, error) {
	all := map[string]string{}
	for _, s := range c.StringSlice(flag) {
		key, value, ok := strings.Cut(s, "=")
		if !ok || key == "" || (flag == "image" && value == "") {
			return nil, usagef("--%s %q: it has the form NAME=VALUE", flag, s)
		}
		all[key] = value
	}
	return all, nil
}
