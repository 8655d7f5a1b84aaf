package flags

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/compose"
)

// PackageFormats are the values of push --format that say who reads the package. All others say
// how the result is printed.
func PackageFormats() []string {
	var names []string
	for _, f := range artifact.Formats() {
		names = append(names, string(f))
	}
	return names
}

// FormatOptions applies the --format flag to what is packaged and to how the project is read.
// tags are what the package is pushed under.
func FormatOptions(c *cli.Context, tags []string, options *artifact.Options, source *compose.Options) error {
	format := artifact.Format(c.String("format"))
	if !slices.Contains(artifact.Formats(), format) { // it says how to print
		format = artifact.DockerFormat
	}
	options.Format, options.Tag, options.AlsoTags = format, tags[0], tags[1:]
	if format == artifact.DockerFormat {
		return nil
	}
	for _, flag := range []string{"bundle", "platform", "no-portable", "portable-tag", "flat", "as"} {
		if c.IsSet(flag) {
			return usage.Errorf("--%s and --format %s: the package is one manifest for all platforms, whose images stay where they are", flag, format)
		}
	}
	source.ShortVolumes = format == artifact.FlightCtlFormat
	if format == artifact.MargoFormat {
		if c.Bool("with-files") {
			return usage.Errorf("--with-files and --format margo: Margo packages have no bind-mounted files")
		}
		if c.Bool("as-is") {
			return usage.Errorf("--as-is and --format margo: Margo packages have one Compose file, with the pins in it")
		}
		source.Archived = true
	}
	return options.CheckFormat()
}
