// Package plugin makes the program a plugin of the docker command line.
package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docker/cli/cli-plugins/metadata"
	"github.com/docker/cli/cli-plugins/socket"

	"github.com/ocompose/ocompose/commands/completion"
	"github.com/ocompose/ocompose/commands/terminal"
)

// Is tells whether the program was started by docker, as its plugin docker-ocompose.
//
// See https://docs.docker.com/extend/cli_plugins/.
func Is(program string) bool {
	base := strings.TrimSuffix(filepath.Base(program), ".exe")
	return base == metadata.NamePrefix+terminal.PluginName
}

// Line turns the arguments that docker gives to a plugin, which are all of its own,
// into those of this program. Config is the folder of docker's --config, if there is one;
// docker's other flags are about its engine.
func Line(args []string) (rest []string, config string) {
	at := slices.Index(args, terminal.PluginName)
	if at < 0 {
		return args, ""
	}
	rest = args[at+1:]
	for i, arg := range args[:at] {
		switch {
		case arg == "help" || arg == completion.Command:
			rest = append([]string{arg}, rest...)
		case arg == "--config" && i+1 < at:
			config = args[i+1]
		case strings.HasPrefix(arg, "--config="):
			config = strings.TrimPrefix(arg, "--config=")
		}
	}
	return rest, config
}

// Context ends when docker asks its plugin to end, as it does when it is interrupted.
func Context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	socket.ConnectAndWait(cancel)
	return ctx, cancel
}

// PrintMetadata tells docker about the plugin.
func PrintMetadata(t *terminal.Terminal) error {
	raw, err := json.Marshal(metadata.Metadata{
		SchemaVersion:    "0.1.0",
		Vendor:           "ocompose",
		Version:          terminal.BuildInfo().Version,
		ShortDescription: "Package Compose applications as OCI artifacts",
		URL:              "https://github.com/ocompose/ocompose",
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(t.Stdout, string(raw))
	return err
}
