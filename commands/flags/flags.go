// Package flags defines the flags that several commands share, and parses the values of flags and
// arguments.
package flags

import (
	"strings"

	"github.com/docker/go-units"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/follow"
	"github.com/ocompose/ocompose/internal/action/publish"
)

// Project returns the flags that select a Compose project and what of it is packaged.
func Project() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "file", Aliases: []string{"f"}, Usage: "read the Compose `FILE`, - for stdin; repeat it for overrides"},
		&cli.StringFlag{Name: "project-directory", Usage: "resolve relative paths in `DIR` instead of the first file's folder"},
		&cli.StringSliceFlag{Name: "env-file", Usage: "read variables from `FILE` instead of .env"},
		&cli.StringSliceFlag{Name: "profile", Usage: "package the services of profile `NAME` and those without one, instead of all"},
		&cli.StringSliceFlag{Name: "image", Usage: "use image REF for service NAME or for all services with image NAME, as `NAME=REF`; *=REF, with {service} in REF, for all built services"},
		&cli.BoolFlag{Name: "with-env", Usage: "package the files of env_file"},
		&cli.BoolFlag{Name: "with-files", Usage: "package all mounted files of the project folder, not only those that are clearly part of the application"},
		&cli.BoolFlag{Name: "without-files", Usage: "package no mounted files"},
		&cli.StringSliceFlag{Name: "exclude", Usage: "leave the mounted file or folder `PATH` of the project folder to the deployment host; repeat it for more"},
		&cli.StringFlag{Name: "max-files-size", Usage: "package up to `SIZE` bytes of mounted files", Value: "10MiB"},
		&cli.BoolFlag{Name: "flatten", Usage: "resolve include and extends into one file"},
		&cli.BoolFlag{Name: "as-is", Usage: "package all files unchanged, including those that only ocompose pull restores"},
		&cli.BoolFlag{Name: "allow-secrets", Usage: "package values that look like secrets, except private keys and tokens of known services"},
		&cli.StringSliceFlag{Name: "allow-secret", Usage: "package the secret in variable `NAME`, or all secrets in file NAME; repeat it for more"},
	}
}

// Package returns the flags that configure a package.
func Package() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "bundle", Usage: "copy the images into the repository and point the Compose file at them"},
		&cli.StringSliceFlag{Name: "platform", Usage: "package for platform `OS/ARCH[/VARIANT]`; repeat it or use commas for more"},
		&cli.StringSliceFlag{Name: "annotation", Usage: "annotate the package with `KEY=VALUE`"},
		&cli.BoolFlag{Name: "no-portable", Usage: "omit the portable composition, which works on any platform"},
		Referrers(),
		Flat(),
		PortableTag(),
		AsFlag(),
		TagImages(),
		Locked(),
		&cli.BoolFlag{Name: "from-docker", Usage: "with --bundle, take images that are in no registry from this machine's Docker engine"},
		&cli.BoolFlag{Name: "dry-run", Usage: "print what would be pushed, without pushing anything"},
		Repair(),
		Force(),
	}
}

// Force is the flag that moves a tag away from something other than a composition.
func Force() cli.Flag {
	return &cli.BoolFlag{Name: "force", Usage: "move the tag even if it points at something other than a composition"}
}

// Repair is the flag that also checks below existing manifests.
func Repair() cli.Flag {
	return &cli.BoolFlag{Name: "repair", Usage: "check everything, even below existing manifests, and send missing content"}
}

// Referrers is the flag that selects the referrers to copy.
func Referrers() cli.Flag {
	return &cli.StringSliceFlag{Name: "referrers", Usage: "copy referrers of artifact type `TYPE`, including those of images: all for every type, none for no referrers; by default, only the composition's are copied"}
}

// Following reads the --referrers flags.
func Following(c *cli.Context) follow.Following {
	var f follow.Following
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

// ProjectOptions returns the flags' options for loading the Compose project.
func ProjectOptions(t *terminal.Terminal, c *cli.Context) (compose.Options, error) {
	for _, pair := range [][2]string{{"with-files", "without-files"}, {"flatten", "as-is"}} {
		if c.Bool(pair[0]) && c.Bool(pair[1]) {
			return compose.Options{}, usage.Errorf("--%s and --%s can't be combined", pair[0], pair[1])
		}
	}
	if c.IsSet("max-files-size") && c.Bool("without-files") {
		return compose.Options{}, usage.Errorf("--max-files-size and --without-files can't be combined")
	}
	images, err := pairs(c, "image")
	if err != nil {
		return compose.Options{}, err
	}
	maxFilesSize, err := Size(c, "max-files-size")
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
		Exclude:      c.StringSlice("exclude"),
		MaxFilesSize: maxFilesSize,
		Flatten:      c.Bool("flatten"),
		AsIs:         c.Bool("as-is"),
		AllowSecrets: c.Bool("allow-secrets"),
		AllowSecret:  c.StringSlice("allow-secret"),
	}, nil
}

// Size reads a flag whose value is a number of bytes.
func Size(c *cli.Context, flag string) (int64, error) {
	n, err := units.RAMInBytes(c.String(flag))
	if err != nil || n < 1 {
		return 0, usage.Errorf("--%s %q: it must be a number of bytes, such as 500k or 20MiB", flag, c.String(flag))
	}
	return n, nil
}

// PackageOptions returns the flags' options for building the package.
func PackageOptions(t *terminal.Terminal, c *cli.Context) (artifact.Options, error) {
	options := artifact.Options{Mode: artifact.Loose, NoPortable: c.Bool("no-portable"), Flat: c.Bool("flat")}
	if c.Bool("bundle") {
		options.Mode = artifact.Bundled
	}
	var err error
	if options.Platforms, err = Platforms(c); err != nil {
		return options, err
	}
	if options.Annotations, err = pairs(c, "annotation"); err != nil {
		return options, err
	}
	return options, addCreated(t, &options)
}

// PushOptions returns the flags' options for a push.
func PushOptions(c *cli.Context, tag string, also ...string) publish.PushOptions {
	return publish.PushOptions{Tag: tag, AlsoTags: also, PortableTag: c.String("portable-tag"), TagImages: c.Bool("tag-images"), Repair: c.Bool("repair"), Force: c.Bool("force"), Following: Following(c)}
}

// Platforms reads the --platform flags.
func Platforms(c *cli.Context) ([]v1.Platform, error) {
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

// OnePlatform reads the --platform flag of a command that takes one value: nil if it is not
// given.
func OnePlatform(c *cli.Context) (*v1.Platform, error) {
	s := c.String("platform")
	if s == "" {
		return nil, nil
	}
	p, err := parsePlatform(s)
	return &p, err
}

// PlatformOrDefault is OnePlatform, with DOCKER_DEFAULT_PLATFORM as the default if it is
// set.
func PlatformOrDefault(t *terminal.Terminal, c *cli.Context) (*v1.Platform, error) {
	p, err := OnePlatform(c)
	if value := t.Getenv("DOCKER_DEFAULT_PLATFORM"); err == nil && p == nil && value != "" {
		byDefault, err := artifact.ParsePlatform(value)
		if err != nil {
			return nil, usage.Errorf("DOCKER_DEFAULT_PLATFORM: %v", err)
		}
		return &byDefault, nil
	}
	return p, err
}

// parsePlatform reads one value of --platform.
func parsePlatform(s string) (v1.Platform, error) {
	p, err := artifact.ParsePlatform(s)
	if err != nil {
		return p, usage.Errorf("--platform: %v", err)
	}
	return p, nil
}

// pairs reads the NAME=VALUE values of a flag.
func pairs(c *cli.Context, flag string) (map[string]string, error) {
	all := map[string]string{}
	for _, s := range c.StringSlice(flag) {
		key, value, _ := strings.Cut(s, "=")
		if before, ok := all[key]; ok {
			return nil, usage.Insteadf("--%s gives %s two values, %q and %q: leave out one", flag, key, before, value)
		}
		all[key] = value
	}
	return all, nil
}

// Locked is the flag that reads the digests of images from a file.
func Locked() cli.Flag {
	return &cli.StringFlag{Name: "locked", Usage: "use the image digests in `FILE`, written by lock or docker compose config --lock-image-digests, or an ImagesLock"}
}
