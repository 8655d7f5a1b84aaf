package flags

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/compose"
)

// PackageFormats returns the values of push --format that select the package's format. All other
// values select how the result is printed.
func PackageFormats() []string {
	var names []string
	for _, f := range artifact.Formats() {
		names = append(names, string(f))
	}
	return names
}

// FormatOptions applies the --format flag to the options of the package and of the project.
// tags are the tags of the push.
func FormatOptions(c *cli.Context, tags []string, options *artifact.Options, source *compose.Options) error {
	format := artifact.Format(c.String("format"))
	if !slices.Contains(artifact.Formats(), format) { // it selects how to print
		format = artifact.DockerFormat
	}
	options.Format, options.Tag, options.AlsoTags = format, tags[0], tags[1:]
	if format == artifact.DockerFormat {
		return nil
	}
	for _, flag := range []string{"bundle", "platform", "no-portable", "portable-tag", "flat", "as"} {
		if c.IsSet(flag) {
			return usage.Errorf("--%s and --format %s can't be combined: the package is one manifest for all platforms, without images", flag, format)
		}
	}
	source.ShortVolumes = format == artifact.FlightCtlFormat
	if format == artifact.MargoFormat {
		if c.Bool("with-files") {
			return usage.Errorf("--with-files and --format margo can't be combined: Margo packages have no bind-mounted files")
		}
		if c.Bool("as-is") {
			return usage.Errorf("--as-is and --format margo can't be combined: Margo packages have one Compose file, which contains the pins")
		}
		source.Archived = true
	}
	return options.CheckFormat()
}
