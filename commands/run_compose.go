package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/deployment"
	"github.com/ocompose/ocompose/internal/docker"
	"github.com/ocompose/ocompose/internal/unpack"
)

// compose brings a composition into its folder and hands over to Docker Compose. Where it is
// not asked for news, what the cache has is taken.
func (t *terminal) compose(c call, news bool, arguments []string) error {
	at, err := t.location(c, c.args[0])
	if err != nil {
		return err
	}
	engine := docker.Docker{Env: t.Environ, Dir: t.Dir, Stdin: t.Stdin, Stdout: t.Stdout, Stderr: t.Stderr}
	program, err := engine.ComposeCommand(c.ctx)
	if err != nil {
		return err
	}
	kept, err := t.keep(c, engine, at, news)
	if err != nil {
		return err
	}
	if _, _, err := t.checkSignature(c, action.Location{Store: at.Store, Ref: kept.Package.Digest().String()}, ""); err != nil {
		return err
	}
	folder, err := t.deploy(c, at, kept)
	if err != nil {
		return err
	}
	line := append(slices.Clone(program[1:]), "--project-name", folder.Record.Project)
	for _, file := range folder.Record.ComposeFiles(folder.Dir) {
		line = append(line, "--file", file)
	}
	for _, file := range folder.Record.EnvFiles {
		line = append(line, "--env-file", file)
	}
	for _, profile := range folder.Record.Profiles {
		line = append(line, "--profile", profile)
	}
	t.endProgress()
	return t.handOver(c.ctx, engine, program[0], append(line, arguments...))
}

// An endedError tells that another program that did the rest failed.
type endedError struct{ status int }

func (e *endedError) Error() string { return fmt.Sprintf("exit status %d", e.status) }

// handOver lets another program do the rest: in the place of this one, where that can be.
func (t *terminal) handOver(ctx context.Context, engine docker.Docker, program string, arguments []string) error {
	if t.Replace != nil {
		return t.Replace(program, append([]string{filepath.Base(program)}, arguments...), t.Environ)
	}
	err := engine.Run(ctx, program, arguments...)
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.Exited() {
		return &endedError{ended.ExitCode()}
	}
	return err
}

// keep brings the composition for the engine's platform into the cache.
func (t *terminal) keep(c call, engine docker.Docker, at action.Location, news bool) (action.Kept, error) {
	dir, err := t.cacheDir()
	if err != nil {
		return action.Kept{}, err
	}
	cache, err := action.OpenCache(filepath.Join(dir, "compositions"))
	if err != nil {
		return action.Kept{}, err
	}
	asked, explicit, err := t.enginePlatform(c, engine)
	if err != nil {
		return action.Kept{}, err
	}
	choose := func(p *artifact.Package) (artifact.Composition, error) { return p.Select(asked) }
	offline := c.flags.Bool("offline")
	if !offline && !news {
		if kept, err := c.session.Keep(c.ctx, at, cache, true, choose); err == nil {
			return kept, nil
		}
	}
	kept, err := c.session.Keep(c.ctx, at, cache, offline, choose)
	if err != nil {
		return action.Kept{}, err
	}
	if kept.Err != nil {
		t.note("%s can't be looked up, and is taken as it was: %v", at, kept.Err)
	}
	t.notePortable(kept.Package, kept.Composition, asked, explicit)
	return kept, nil
}

// enginePlatform is the platform that is asked for, or else the engine's, or else this
// machine's.
func (t *terminal) enginePlatform(c call, engine docker.Docker) (platform v1.Platform, explicit bool, err error) {
	asked, err := t.platformOrDefault(c.flags)
	if err != nil {
		return v1.Platform{}, false, err
	}
	if asked != nil {
		return *asked, true, nil
	}
	if own, err := engine.Platform(c.ctx); err == nil {
		if p, err := artifact.ParsePlatform(own); err == nil {
			return p, false, nil
		}
	}
	return artifact.MachinePlatform(), false, nil
}

// deploy brings a composition's files into the folder of its application.
func (t *terminal) deploy(c call, at action.Location, kept action.Kept) (*deployment.Folder, error) {
	project, err := c.session.Open(c.ctx, kept.Store(), kept.Composition)
	if err != nil {
		return nil, err
	}
	name, err := t.projectName(c, at, project)
	if err != nil {
		return nil, err
	}
	dir, err := t.applicationDir(c, name)
	if err != nil {
		return nil, err
	}
	folder, err := deployment.Open(dir)
	if err != nil {
		return nil, err
	}
	next, err := t.record(at, kept.Composition, name)
	if err != nil {
		return nil, err
	}
	before := folder.Record
	t.addChoices(c, before, &next)
	write := func(ctx context.Context) error {
		_, err := c.session.UnpackLayers(ctx, kept.Store(), kept.Composition, unpack.Options{Dir: dir, Force: true, AllowHidden: c.flags.Bool("allow-hidden")})
		return err
	}
	if err := folder.Replace(c.ctx, next, c.flags.Bool("force"), write); err != nil {
		return nil, err
	}
	switch {
	case before == nil:
		t.note("%s is in %s", at, dir)
	case before.Digest != next.Digest:
		t.noteChanges(c, before, next, kept, project)
	}
	return folder, nil
}

// record is what is to be in a folder.
func (t *terminal) record(at action.Location, c artifact.Composition, project string) (deployment.Record, error) {
	r := deployment.Record{Repository: at.Store.Name(), Reference: at.String(), Digest: c.Descriptor.Digest, Project: project}
	if c.Platform != nil {
		r.Platform = c.Platform.String()
	}
	layers, err := c.Layers()
	if err != nil {
		return r, err
	}
	for _, l := range layers {
		if l.File.Kind == compose.RegistryFile {
			continue // for those who read the composition from a registry
		}
		r.Files = append(r.Files, deployment.File{Name: l.File.Name, Digest: l.Descriptor.Digest, Compose: l.File.Kind == compose.ComposeFile})
	}
	return r, nil
}

// addChoices adds the env files and profiles that the application runs with: those of the
// flags, or else those from before.
func (t *terminal) addChoices(c call, before, next *deployment.Record) {
	if before != nil {
		next.EnvFiles, next.Profiles = before.EnvFiles, before.Profiles
	}
	if files := c.flags.StringSlice("env-file"); len(files) > 0 {
		next.EnvFiles = nil
		for _, file := range files {
			next.EnvFiles = append(next.EnvFiles, t.path(file))
		}
	}
	if profiles := c.flags.StringSlice("profile"); len(profiles) > 0 {
		next.Profiles = profiles
	}
}

// noteChanges tells what is new in an application.
func (t *terminal) noteChanges(c call, before *deployment.Record, next deployment.Record, kept action.Kept, project *compose.Project) {
	t.note("%s is new: %s, before %s", next.Reference, next.Digest, before.Digest)
	old, err := c.session.OpenKept(c.ctx, kept, before.Digest)
	if err != nil {
		return // it is not in the cache any more
	}
	was, is := imagesByService(old), imagesByService(project)
	for _, service := range sortedKeys(is) {
		switch {
		case was[service] == "":
			t.note("  %s: new, %s", service, is[service])
		case was[service] != is[service]:
			t.note("  %s: %s, before %s", service, is[service], was[service])
		}
	}
	for _, service := range sortedKeys(was) {
		if is[service] == "" {
			t.note("  %s: no more", service)
		}
	}
}

// imagesByService returns the image of each service.
func imagesByService(p *compose.Project) map[string]string {
	images := map[string]string{}
	for _, image := range p.Images {
		images[image.Service] = image.Ref
	}
	return images
}

// projectName is what Docker Compose calls the application.
func (t *terminal) projectName(c call, at action.Location, project *compose.Project) (string, error) {
	given := cmp.Or(c.flags.String("project-name"), t.getenv("COMPOSE_PROJECT_NAME"))
	if given != "" {
		if err := checkValue("project-name", given); err != nil {
			return "", err
		}
		return given, nil
	}
	if project.Name != compose.Unnamed {
		return project.Name, nil
	}
	return cmp.Or(compose.NormalizeName(path.Base(at.Store.Name())), compose.Unnamed), nil
}
