package deploy

import (
	"os"

	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/docker"
)

// FromDocker has a push take images from this machine's engine, if that is asked for. The
// caller calls end when the push has ended.
func FromDocker(t *terminal.Terminal, c program.Call, source *compose.Options, push *publish.PushOptions) (end func(), err error) {
	if !c.Flags.Bool("from-docker") {
		return func() {}, nil
	}
	if !c.Flags.Bool("bundle") {
		return nil, usage.Errorf("--from-docker needs --bundle, because images of the engine go into the repository of the bundle; docker compose build --push pushes them to their own registries")
	}
	if c.Flags.String("locked") != "" {
		return nil, usage.Errorf("--from-docker and --locked exclude each other")
	}
	dir, err := os.MkdirTemp("", "ocompose-")
	if err != nil {
		return nil, err
	}
	source.BuiltNames = true
	push.Engine = &session.EngineImages{Engine: docker.Docker{Env: t.Environ, Dir: t.Dir}, Dir: dir}
	return func() { _ = os.RemoveAll(dir) }, nil
}
