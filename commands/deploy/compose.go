// Package deploy deploys compositions on this machine: into a folder that Docker Compose runs, or into the
// local engine.
package deploy

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/failure"
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/pull"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/deployment"
	"github.com/ocompose/ocompose/internal/docker"
	"github.com/ocompose/ocompose/internal/unpack"
)

// Compose deploys a composition into its folder and hands over to Docker Compose. Without
// news, a cached version is used.
func Compose(t *terminal.Terminal, c program.Call, news bool, arguments []string) error {
	at, err := c.Location(c.Args[0])
	if err != nil {
		return err
	}
	engine := docker.Docker{Env: t.Environ, Dir: t.Dir, Stdin: t.Stdin, Stdout: t.Stdout, Stderr: t.Stderr}
	dockerCompose, err := engine.ComposeCommand(c.Ctx)
	if err != nil {
		return err
	}
	kept, err := keep(t, c, engine, at, news)
	if err != nil {
		return err
	}
	if _, _, err := c.CheckSignature(session.Location{Store: at.Store, Ref: kept.Package.Digest().String()}, ""); err != nil {
		return err
	}
	folder, err := deploy(t, c, at, kept)
	if err != nil {
		return err
	}
	line := append(slices.Clone(dockerCompose[1:]), "--project-name", folder.Record.Project)
	for _, file := range folder.Record.ComposeFiles(folder.Dir) {
		line = append(line, "--file", file)
	}
	for _, file := range folder.Record.EnvFiles {
		line = append(line, "--env-file", file)
	}
	for _, profile := range folder.Record.Profiles {
		line = append(line, "--profile", profile)
	}
	t.EndProgress()
	return handOver(c.Ctx, t, engine, dockerCompose[0], append(line, arguments...))
}

// handOver runs another program, in place of this process if possible.
func handOver(ctx context.Context, t *terminal.Terminal, engine docker.Docker, program string, arguments []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.Replace != nil {
		return t.Replace(program, append([]string{filepath.Base(program)}, arguments...), t.Environ)
	}
	err := engine.Run(ctx, program, arguments...)
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.Exited() {
		return &failure.EndedError{Status: ended.ExitCode()}
	}
	return err
}

// keep stores the composition for the engine's platform in the cache.
func keep(t *terminal.Terminal, c program.Call, engine docker.Docker, at session.Location, news bool) (pull.Kept, error) {
	dir, err := t.CacheDir()
	if err != nil {
		return pull.Kept{}, err
	}
	cache, err := pull.OpenCache(filepath.Join(dir, "compositions"))
	if err != nil {
		return pull.Kept{}, err
	}
	asked, explicit, err := enginePlatform(t, c, engine)
	if err != nil {
		return pull.Kept{}, err
	}
	choose := func(p *artifact.Package) (artifact.Composition, error) { return p.Select(asked) }
	// A file is read without a registry.
	offline := c.Flags.Bool("offline") && !flags.IsLocal(c.Args[0])
	if !offline && !news {
		if kept, err := pull.Keep(c.Ctx, c.Session, at, cache, true, choose); err == nil {
			return kept, nil
		}
	}
	kept, err := pull.Keep(c.Ctx, c.Session, at, cache, offline, choose)
	if err != nil {
		return pull.Kept{}, err
	}
	if kept.Err != nil {
		t.Note("%s can't be looked up, using the cached version: %v", at, kept.Err)
	}
	program.NotePortable(t, kept.Package, kept.Composition, asked, explicit)
	return kept, nil
}

// enginePlatform returns the platform from the flags, or else the engine's, or else this
// machine's.
func enginePlatform(t *terminal.Terminal, c program.Call, engine docker.Docker) (platform v1.Platform, explicit bool, err error) {
	asked, err := flags.PlatformOrDefault(t, c.Flags)
	if err != nil {
		return v1.Platform{}, false, err
	}
	if asked != nil {
		return *asked, true, nil
	}
	if own, err := engine.Platform(c.Ctx); err == nil {
		if p, err := artifact.ParsePlatform(own); err == nil {
			return p, false, nil
		}
	}
	return artifact.MachinePlatform(), false, nil
}

// deploy writes a composition's files into the folder of its application.
func deploy(t *terminal.Terminal, c program.Call, at session.Location, kept pull.Kept) (*deployment.Folder, error) {
	project, err := c.Session.Open(c.Ctx, kept.Store(), kept.Composition)
	if err != nil {
		return nil, err
	}
	app, err := findApplication(t, c, at, kept.Package.Digest(), project)
	if err != nil {
		return nil, err
	}
	folder, dir := app.folder, app.folder.Dir
	next, err := record(at, kept.Composition, app)
	if err != nil {
		return nil, err
	}
	before := folder.Record
	addChoices(t, c, before, &next)
	write := func(ctx context.Context) error {
		_, err := pull.UnpackLayers(ctx, kept.Store(), kept.Composition, unpack.Options{Dir: dir, Force: true, AllowHidden: c.Flags.Bool("allow-hidden")})
		return err
	}
	if err := folder.Replace(c.Ctx, next, c.Flags.Bool("force"), write); err != nil {
		return nil, err
	}
	switch {
	case before == nil:
		t.Note("%s is in %s", at, dir)
	case before.Digest != next.Digest:
		noteChanges(t, c, before, next, kept, project)
	}
	return folder, nil
}

// record describes the intended content of a folder.
func record(at session.Location, c artifact.Composition, app application) (deployment.Record, error) {
	r := deployment.Record{Repository: app.repository, Reference: at.String(), Digest: c.Descriptor.Digest, Project: app.project}
	if c.Platform != nil {
		r.Platform = c.Platform.String()
	}
	layers, err := c.Layers()
	if err != nil {
		return r, err
	}
	for _, l := range layers {
		if l.File.Kind == compose.RegistryFile {
			continue // only for readers of the composition in a registry
		}
		r.Files = append(r.Files, deployment.File{Name: l.File.Name, Digest: l.Descriptor.Digest, Compose: l.File.Kind == compose.ComposeFile})
	}
	return r, nil
}

// addChoices adds the env files and profiles that the application runs with: from the
// flags, or else from the previous run.
func addChoices(t *terminal.Terminal, c program.Call, before, next *deployment.Record) {
	if before != nil {
		next.EnvFiles, next.Profiles = before.EnvFiles, before.Profiles
	}
	if files := c.Flags.StringSlice("env-file"); len(files) > 0 {
		next.EnvFiles = nil
		for _, file := range files {
			next.EnvFiles = append(next.EnvFiles, t.Path(file))
		}
	}
	if profiles := c.Flags.StringSlice("profile"); len(profiles) > 0 {
		next.Profiles = profiles
	}
}

// noteChanges prints what changes in an application.
func noteChanges(t *terminal.Terminal, c program.Call, before *deployment.Record, next deployment.Record, kept pull.Kept, project *compose.Project) {
	t.Note("%s has changed: %s, before %s", next.Reference, next.Digest, before.Digest)
	old, err := pull.OpenKept(c.Ctx, c.Session, kept, before.Digest)
	if err != nil {
		return // it is no longer in the cache
	}
	was, is := imagesByService(old), imagesByService(project)
	for _, service := range terminal.SortedKeys(is) {
		switch {
		case was[service] == "":
			t.Note("  %s: new, %s", service, is[service])
		case was[service] != is[service]:
			t.Note("  %s: %s, before %s", service, is[service], was[service])
		}
	}
	for _, service := range terminal.SortedKeys(was) {
		if is[service] == "" {
			t.Note("  %s: removed", service)
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
