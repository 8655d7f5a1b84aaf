package dockercompose

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/corpustest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// corpusVariable is a folder of projects to check, instead of the project's own.
const corpusVariable = "OCOMPOSE_CORPUS"

// TestCorpus pushes every corpus project to a registry and compares two models of Docker Compose:
// of the project in its folder, with our pins as one more file, and of oci://, with the files
// that containers see in each. It prints a table with the result of each project: the flags that
// were needed to package it, and the files of its folder that containers lack. The pins are
// invented, so no image needs to exist.
func TestCorpus(t *testing.T) {
	t.Parallel()
	dir, own := os.Getenv(corpusVariable), false
	if dir == "" {
		dir, own = filepath.Join("..", "..", "compose", "testdata", "corpus"), true
	}
	projects, err := corpustest.Read(dir)
	require.NoError(t, err)
	require.NotEmpty(t, projects, "no projects below %s", dir)
	projects = shared(t, projects)
	s := registrytest.Start(t)
	results := make([]corpusResult, len(projects))
	t.Run("projects", func(t *testing.T) {
		for i, project := range projects {
			t.Run(project.Name, func(t *testing.T) {
				t.Parallel()
				results[i] = corpusResult{name: project.Name}
				judgeProject(t, s.Host, project, &results[i], own)
			})
		}
	})
	printCorpus(t, results)
}

// shareVariable selects a part of the corpus, such as 0/3 for every third project from the first.
const shareVariable = "OCOMPOSE_CORPUS_SHARE"

// shared returns the projects of the selected part, or all.
func shared(t *testing.T, projects []corpustest.Project) []corpustest.Project {
	share := os.Getenv(shareVariable)
	if share == "" {
		return projects
	}
	var first, step int
	_, err := fmt.Sscanf(share, "%d/%d", &first, &step)
	require.NoError(t, err, "%s=%s", shareVariable, share)
	require.Less(t, first, step)
	var part []corpustest.Project
	for i := first; i < len(projects); i += step {
		part = append(part, projects[i])
	}
	return part
}

// judgeProject compares one project in each form. A project of a user's folder that can't be
// packaged, for a reason that is printed, is not a failure.
func judgeProject(t *testing.T, host string, project corpustest.Project, result *corpusResult, own bool) {
	dir, named := filepath.Join(corpustest.Deep(t.TempDir()), "app"), corpustest.Host
	if len(project.Included) > 0 {
		project.Registry, named = host, host
	}
	require.NoError(t, project.CopyTo(dir, named))
	published, err := project.Publish(host)
	require.NoError(t, err)
	options := compose.Options{
		Files: project.Files, ProjectDir: project.ProjectDir, EnvFiles: project.EnvFiles, Profiles: project.Profiles,
		Environ: project.Env, WorkDir: dir, Images: project.Images, WithEnv: project.WithEnv, WithFiles: project.WithFiles, Exclude: project.Exclude,
		AllowSecrets: project.AllowSecrets, PinIncluded: true, Fetch: fetchFrom(published),
	}
	loaded, err := load(t.Context(), &options, own, result)
	if err == nil {
		err = checkImages(loaded)
	}
	if err != nil {
		result.why = strings.ReplaceAll(strings.SplitN(err.Error(), "\n", 2)[0], dir+"/", "")
		require.False(t, own, result.why)
		return
	}
	j := &judged{t: t, host: host, project: project, dir: dir, profiles: project.Profiles, published: published}
	if len(j.profiles) == 0 {
		j.profiles = []string{"*"}
	}
	before, loose := j.compare(loaded, result, own)
	if before == nil {
		return
	}
	result.lost = lostFiles(loaded, before, loose)
	result.broken = before.LostAlone(loose)
	if !own && len(result.lost) > 0 {
		loaded, before = j.completed(&options, loaded, before, result)
	}
	if own {
		require.Equal(t, project.Stays, result.lost)
	}
	result.flattened = j.flattened(options, before, result, own)
	bundled, err := j.remote(loaded, artifact.Bundled)
	require.NoError(t, err)
	before.Rest = j.bundledModel(loaded, before.Rest)
	for place, mount := range before.Others {
		before.Others[place] = j.bundledModel(loaded, mount)
	}
	result.bundled = j.same(before, bundled)
}

// completed packages a project that lacks files again, with the fewest flags that include more of
// them.
func (j *judged) completed(options *compose.Options, loaded *compose.Project, before *corpustest.View, result *corpusResult) (*compose.Project, *corpustest.View) {
	base, flags := *options, result.flags
	tries := [][]string{{"--with-files"}, {"--allow-secrets"}, {"--allow-secrets", "--with-files"}}
	if len(result.lost) == 1 {
		tries = append(tries, []string{"--allow-secret"})
	}
	left := result.lost
	for _, more := range tries {
		with := base
		with.AllowSecrets = base.AllowSecrets || slices.Contains(more, "--allow-secrets")
		with.WithFiles = base.WithFiles || slices.Contains(more, "--with-files")
		if slices.Contains(more, "--allow-secret") {
			with.AllowSecret = append(slices.Clip(base.AllowSecret), left...)
		}
		all, err := compose.Load(j.t.Context(), with)
		if err != nil {
			continue
		}
		original, loose := j.compare(all, result, false)
		if original == nil {
			continue
		}
		if lost := lostFiles(all, original, loose); len(lost) < len(result.lost) {
			result.lost, result.flags = lost, slices.Concat(flags, more)
			*options, loaded, before = with, all, original
		}
		if len(result.lost) == 0 {
			break
		}
	}
	return loaded, before
}

// lostFiles are the files that containers no longer see, except the Compose files, which are
// packaged as such, and files that only Git reads.
func lostFiles(p *compose.Project, before, after *corpustest.View) []string {
	return slices.DeleteFunc(before.Lost(after), func(name string) bool {
		return path.Base(name) == ".gitignore" || path.Base(name) == ".gitkeep" || slices.Contains(p.Sources, filepath.Join(p.Dir, filepath.FromSlash(name)))
	})
}

// compare compares Docker Compose's models of a project, its composition and its flattened
// composition. It returns nil if Docker Compose does not load the project.
func (j *judged) compare(loaded *compose.Project, result *corpusResult, own bool) (before, loose *corpustest.View) {
	result.services, result.images = len(loaded.Services), len(loaded.Images)
	for _, variable := range loaded.Variables {
		// The deployment host sets the required variables that no env file sets; the last value counts.
		if variable.Required && !j.isSet(loaded, variable.Name) {
			j.project.DeployEnv = append([]string{variable.Name + "=made-up"}, j.project.DeployEnv...)
		}
	}
	before, err := j.original(loaded)
	if err != nil && !own && len(j.project.Profiles) == 0 {
		// Some projects have alternative profiles, of which only one runs.
		j.profiles = nil
		before, err = j.original(loaded)
	}
	if err != nil {
		result.why = "Docker Compose does not read it in its folder: " + lastLine(err)
		require.False(j.t, own, result.why)
		return nil, nil
	}
	loose, err = j.remote(loaded, artifact.Loose)
	if err != nil {
		result.loose, result.why = "not loaded", "Docker Compose does not load it from the registry: "+lastLine(err)
	}
	require.NoError(j.t, err)
	result.loose = "differs"
	result.loose = j.same(before, loose)
	return before, loose
}

// isSet reports whether an env file of the deployment host gives a variable a value.
func (j *judged) isSet(p *compose.Project, name string) bool {
	return slices.ContainsFunc(j.deployedEnv(p), func(file string) bool {
		content, err := os.ReadFile(file)
		require.NoError(j.t, err)
		_, value, found := strings.Cut("\n"+string(content), "\n"+name+"=")
		return found && strings.TrimLeft(value, "\r") != "" && !strings.HasPrefix(strings.TrimLeft(value, "\r"), "\n")
	})
}

// checkImages reports an image of a project with a name that no registry accepts.
func checkImages(p *compose.Project) error {
	for _, place := range p.Images {
		if _, err := artifact.ParseReference(place.Ref); err != nil {
			return fmt.Errorf("%s: %w", place.Path, err)
		}
	}
	return nil
}

// load loads a project. For a user's folder, it adds the necessary flags: built services get
// images, as with --image '*=REF', and secrets are allowed.
func load(ctx context.Context, options *compose.Options, own bool, result *corpusResult) (*compose.Project, error) {
	loaded, err := compose.Load(ctx, *options)
	if own {
		return loaded, err
	}
	if more := allowing(err, options); len(more) > 0 {
		result.flags = append(result.flags, more...)
		loaded, err = compose.Load(ctx, *options)
	}
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(loaded.Images, isLocal) {
		return loaded, nil
	}
	options.Images = map[string]string{"*": "registry.example.com/built/{service}:1"}
	result.flags = append(result.flags, "--image")
	return compose.Load(ctx, *options)
}

// allowing sets the options that allow the secrets in an error, and returns the flags. Known
// forms are allowed by the names of their files.
func allowing(err error, options *compose.Options) (flags []string) {
	var files []string
	tokens := false
	for _, problem := range compose.Errors(err) {
		switch problem.Problem {
		case compose.ProblemToken:
			tokens = true
			fallthrough
		case compose.ProblemSecret:
			if !slices.Contains(files, problem.Position.File) {
				files = append(files, problem.Position.File)
			}
		}
	}
	switch {
	case tokens:
		options.AllowSecret = files
		return slices.Repeat([]string{"--allow-secret"}, len(files))
	case len(files) > 0:
		options.AllowSecrets = true
		return []string{"--allow-secrets"}
	}
	return nil
}

// isLocal reports whether an image exists only where it was built: it has no name, or a name
// without an account of a registry.
func isLocal(image compose.Image) bool {
	return image.Ref == "" || image.Built && !strings.Contains(image.Ref, "/")
}

// judged is a project during its comparison.
type judged struct {
	t       *testing.T
	host    string
	project corpustest.Project
	dir     string
	// profiles are the compared profiles.
	profiles []string
	// published are the compositions that the project includes.
	published map[string]corpustest.Published
	// env are the env files of the deployment host, once they are known.
	env []string
}
