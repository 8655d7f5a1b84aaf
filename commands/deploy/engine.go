package deploy

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/show"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/pull"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/docker"
	"github.com/ocompose/ocompose/internal/unpack"
)

// LoadEngine makes the engine of this machine pull the images of a composition in a file, and
// writes the composition's files. The images have the names that the file is served under,
// so that the application runs without a registry.
func LoadEngine(t *terminal.Terminal, c program.Call, arg string) error {
	from, err := program.ParseFile(t, arg)
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(c.Ctx, "tcp", c.Flags.String("listen"))
	if err != nil {
		return fmt.Errorf("listening on %s, the host in the names of the images: %w", c.Flags.String("listen"), err)
	}
	h, err := Host(c.Ctx, t, arg, listener, nil)
	if err != nil {
		return err
	}
	defer h.Close()
	signed, _, err := c.CheckSignature(session.Location{Store: h.file, Ref: from.Ref}, "")
	if err != nil {
		return err
	}
	at, err := h.choose(c.Ctx, signed)
	if err != nil {
		return err
	}
	engine := docker.Docker{Env: t.Environ, Dir: t.Dir}
	platform, err := flags.PlatformOrDefault(t, c.Flags)
	if err == nil && platform == nil {
		var own string
		if own, err = engine.Platform(c.Ctx); err != nil {
			return fmt.Errorf("reading the platform of the engine: %w", err)
		}
		p, parseErr := artifact.ParsePlatform(own)
		platform, err = &p, parseErr
	}
	if err != nil {
		return err
	}
	composition, err := c.SelectComposition(at, platform)
	if err != nil {
		return err
	}
	if err := pullImages(t, c, engine, at, composition); err != nil {
		return err
	}
	dir := c.Flags.String("directory")
	files, err := pull.Unpack(c.Ctx, c.Session, at.Store, composition, unpack.Options{Dir: t.Path(dir), Force: c.Flags.Bool("force"), AllowHidden: c.Flags.Bool("allow-hidden")})
	if err != nil {
		return err
	}
	return show.Pulled(t, dir, at, composition, files, c.Output)
}

// enginePulls is how many images an engine pulls concurrently.
const enginePulls = 3

// pullImages makes the engine pull all images that a composition runs or mounts.
func pullImages(t *terminal.Terminal, c program.Call, engine docker.Docker, at session.Location, composition artifact.Composition) error {
	project, err := c.Session.Open(c.Ctx, at.Store, composition)
	if err != nil {
		return err
	}
	var places []compose.Image
	for _, place := range project.Images {
		if !slices.ContainsFunc(places, func(p compose.Image) bool { return p.Ref == place.Ref && p.Platform == place.Platform }) {
			places = append(places, place)
		}
	}
	var mu sync.Mutex
	loaded, told := make([]bool, len(places)), 0
	group, ctx := errgroup.WithContext(c.Ctx)
	group.SetLimit(enginePulls)
	for i, place := range places {
		group.Go(func() error {
			platform := place.Platform
			if composition.Platform != nil {
				platform = cmp.Or(platform, composition.Platform.String())
			}
			if err := engine.Pull(ctx, place.Ref, platform); err != nil {
				return fmt.Errorf("pulling %s into the engine (service %s): %w", place.Ref, place.Service, err)
			}
			mu.Lock()
			defer mu.Unlock()
			loaded[i] = true
			for ; told < len(places) && loaded[told]; told++ { // in the same order in every run
				t.Note("loaded %s (service %s)", places[told].Ref, places[told].Service)
			}
			return nil
		})
	}
	return group.Wait()
}
