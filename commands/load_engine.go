package commands

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/docker"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/unpack"
)

// loadEngine has the engine of this machine pull the images of a composition in a file, and
// writes the composition's files. The images have the names that the file is served under,
// so that what is written runs without any registry.
func (t *terminal) loadEngine(c call, arg string) error {
	from, err := t.parseFile(arg)
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(c.ctx, "tcp", c.flags.String("listen"))
	if err != nil {
		return fmt.Errorf("listening on %s, which is what the images are to be called by: %w", c.flags.String("listen"), err)
	}
	h, err := t.host(c.ctx, arg, listener, nil)
	if err != nil {
		return err
	}
	defer h.close()
	if _, _, err := t.checkSignature(c, action.Location{Store: h.file, Ref: from.ref}, ""); err != nil {
		return err
	}
	at, err := h.choose(from.ref)
	if err != nil {
		return err
	}
	engine := docker.Docker{Env: t.Environ, Dir: t.Dir}
	platform, err := t.platformOrDefault(c.flags)
	if err == nil && platform == nil {
		var own string
		if own, err = engine.Platform(c.ctx); err != nil {
			return fmt.Errorf("asking the engine for its platform: %w", err)
		}
		p, parseErr := artifact.ParsePlatform(own)
		platform, err = &p, parseErr
	}
	if err != nil {
		return err
	}
	composition, err := t.choose(c, at, platform)
	if err != nil {
		return err
	}
	if err := t.pullImages(c, engine, at, composition); err != nil {
		return err
	}
	dir := c.flags.String("directory")
	files, err := c.session.Unpack(c.ctx, at.Store, composition, unpack.Options{Dir: t.path(dir), Force: c.flags.Bool("force"), AllowHidden: c.flags.Bool("allow-hidden")})
	if err != nil {
		return err
	}
	return t.printPulled(dir, at, composition, files, c.format)
}

// enginePulls is how many images an engine pulls at a time.
const enginePulls = 3

// pullImages has the engine pull all images that a composition runs or mounts.
func (t *terminal) pullImages(c call, engine docker.Docker, at action.Location, composition artifact.Composition) error {
	project, err := c.session.Open(c.ctx, at.Store, composition)
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
	group, ctx := errgroup.WithContext(c.ctx)
	group.SetLimit(enginePulls)
	for i, place := range places {
		group.Go(func() error {
			platform := place.Platform
			if composition.Platform != nil {
				platform = cmp.Or(platform, composition.Platform.String())
			}
			if err := engine.Pull(ctx, place.Ref, platform); err != nil {
				return fmt.Errorf("having the engine pull %s (service %s): %w", place.Ref, place.Service, err)
			}
			mu.Lock()
			defer mu.Unlock()
			loaded[i] = true
			for ; told < len(places) && loaded[told]; told++ { // in the same order in every run
				t.note("loaded %s (service %s)", places[told].Ref, places[told].Service)
			}
			return nil
		})
	}
	return group.Wait()
}

// choose returns where a package of the file is served: the one with a tag, or the only one.
func (h *hosted) choose(tag string) (action.Location, error) {
	var found []action.Location
	var tags []string
	for _, p := range h.packages {
		tags = append(tags, p.Tag)
		if in, ok := p.Store.(store.Store); ok && (tag == "" || tag == p.Tag) {
			found = append(found, action.Location{Store: in, Ref: p.Package.Digest().String()})
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return action.Location{}, usagef("the file has the compositions %s: name one as oci-archive:FILE:TAG", strings.Join(tags, ", "))
}
