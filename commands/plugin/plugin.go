// Package plugin makes the program a Docker CLI plugin.
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

// Is reports whether docker started the program as its plugin docker-ocompose.
//
// See https://docs.docker.com/extend/cli_plugins/.
func Is(program string) bool {
	base := strings.TrimSuffix(filepath.Base(program), ".exe")
	return base == metadata.NamePrefix+terminal.PluginName
}

// Line converts the arguments that docker passes to a plugin, which include docker's own,
// to the arguments of this program. config is the folder of docker's --config, if given;
// docker's other flags are for its engine.
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

// Context returns a context that is canceled when docker stops its plugin, as it does when interrupted.
func Context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	socket.ConnectAndWait(cancel)
	return ctx, cancel
}

// PrintMetadata prints the plugin's metadata for docker.
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
