package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docker/cli/cli-plugins/metadata"
	"github.com/docker/cli/cli-plugins/socket"
)

// pluginName is the name of the plugin: what comes behind docker on the command line.
const pluginName = "ocompose"

// isPlugin tells whether the program was started by docker, as its plugin docker-ocompose.
//
// See https://docs.docker.com/extend/cli_plugins/.
func isPlugin(program string) bool {
	base := strings.TrimSuffix(filepath.Base(program), ".exe")
	return base == metadata.NamePrefix+pluginName
}

// pluginLine turns the arguments that docker gives to a plugin, which are all of its own,
// into those of this program. Config is the folder of docker's --config, if there is one;
// docker's other flags are about its engine.
func pluginLine(args []string) (rest []string, config string) {
	at := slices.Index(args, pluginName)
	if at < 0 {
		return args, ""
	}
	rest = args[at+1:]
	for i, arg := range args[:at] {
		switch {
		case arg == "help" || arg == completeCommand:
			rest = append([]string{arg}, rest...)
		case arg == "--config" && i+1 < at:
			config = args[i+1]
		case strings.HasPrefix(arg, "--config="):
			config = strings.TrimPrefix(arg, "--config=")
		}
	}
	return rest, config
}

// pluginContext ends when docker asks its plugin to end, as it does when it is interrupted.
func pluginContext(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	socket.ConnectAndWait(cancel)
	return ctx, cancel
}

// printMetadata tells docker about the plugin.
func (t *terminal) printMetadata() error {
	raw, err := json.Marshal(metadata.Metadata{
		SchemaVersion:    "0.1.0",
		Vendor:           "ocompose",
		Version:          buildInfo().Version,
		ShortDescription: "Package Compose applications as OCI artifacts",
		URL:              "https://github.com/ocompose/ocompose",
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(t.Stdout, string(raw))
	return err
}
