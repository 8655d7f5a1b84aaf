package e2e

import (
	"context"
	"fmt"
	"os"
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

// corpusVariable names a folder of projects to judge, instead of the project's own.
const corpusVariable = "OCOMPOSE_CORPUS"

// TestCorpus pushes every project of a corpus to a registry and has Docker Compose
// compare: the model that it makes of the project in its folder, with our pins as
// one more file, and the one that it makes of oci://, with the files that containers
// see in both. A table tells what became of each: also with which flags it was packaged,
// and which files of its folder containers miss then. Packaging needs no image to exist:
// the pins are made up.
func TestCorpus(t *testing.T) {
	t.Parallel()
	dir, own := os.Getenv(corpusVariable), false
	if dir == "" {
		dir, own = filepath.Join("..", "compose", "testdata", "corpus"), true
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

// shareVariable asks for a part of the corpus, such as 0/3 for each third project from the first.
const shareVariable = "OCOMPOSE_CORPUS_SHARE"

// shared are the projects of the part that is asked for, or all.
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

// judgeProject compares one project in each form. A project of a user's folder
// that can't be packaged, for a reason that is printed, is no failure.
func judgeProject(t *testing.T, host string, project corpustest.Project, result *corpusResult, own bool) {
	dir := filepath.Join(corpustest.Deep(t.TempDir()), "app")
	require.NoError(t, project.CopyTo(dir, corpustest.Host))
	options := compose.Options{
		Files: project.Files, ProjectDir: project.ProjectDir, EnvFiles: project.EnvFiles, Profiles: project.Profiles,
		Environ: project.Env, WorkDir: dir, Images: project.Images, WithEnv: project.WithEnv, WithFiles: project.WithFiles,
		AllowSecrets: project.AllowSecrets,
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
	j := &judged{t: t, host: host, project: project, dir: dir}
	before, loose := j.compare(loaded, result, own)
	if before == nil {
		return
	}
	result.lost = before.Lost(loose)
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

// completed packages a project of which files stay with the flags that have more of them
// travel, as few as are needed.
func (j *judged) completed(options *compose.Options, loaded *compose.Project, before *corpustest.View, result *corpusResult) (*compose.Project, *corpustest.View) {
	flags := result.flags
	for _, more := range [][]string{{"--allow-secrets"}, {"--with-files"}, {"--allow-secrets", "--with-files"}} {
		with := *options
		with.AllowSecrets = options.AllowSecrets || slices.Contains(more, "--allow-secrets")
		with.WithFiles = options.WithFiles || slices.Contains(more, "--with-files")
		all, err := compose.Load(j.t.Context(), with)
		if err != nil {
			continue
		}
		original, loose := j.compare(all, result, false)
		if original == nil {
			continue
		}
		if lost := original.Lost(loose); len(lost) < len(result.lost) {
			result.lost, result.flags = lost, slices.Compact(append(slices.Clip(flags), more...))
			*options, loaded, before = with, all, original
		}
		if len(result.lost) == 0 {
			break
		}
	}
	return loaded, before
}

// compare has Docker Compose compare a project with its composition, and with that of one
// resolved file. It returns nil if it does not read the project.
func (j *judged) compare(loaded *compose.Project, result *corpusResult, own bool) (before, loose *corpustest.View) {
	result.services, result.images = len(loaded.Services), len(loaded.Images)
	for _, variable := range loaded.Variables {
		// The place of deployment sets what is required; the last setting counts.
		if variable.Required {
			j.project.DeployEnv = append([]string{variable.Name + "=made-up"}, j.project.DeployEnv...)
		}
	}
	before, err := j.original(loaded)
	if err != nil {
		result.why = "Docker Compose does not read it in its folder: " + lastLine(err)
		require.False(j.t, own, result.why)
		return nil, nil
	}
	loose, err = j.remote(loaded, artifact.Loose)
	require.NoError(j.t, err)
	result.loose = j.same(before, loose)
	return before, loose
}

// checkImages tells which image of a project has a name that no registry takes.
func checkImages(p *compose.Project) error {
	for _, place := range p.Images {
		if _, err := artifact.ParseReference(place.Ref); err != nil {
			return fmt.Errorf("%s: %w", place.Path, err)
		}
	}
	return nil
}

// load loads a project. In a user's folder it takes the flags that it needs: services that
// are only built get an image, as --image would give it, and secrets are allowed.
func load(ctx context.Context, options *compose.Options, own bool, result *corpusResult) (*compose.Project, error) {
	loaded, err := compose.Load(ctx, *options)
	if own {
		return loaded, err
	}
	for _, problem := range compose.Errors(err) {
		if problem.Problem == compose.ProblemSecret && !options.AllowSecrets {
			options.AllowSecrets = true
			result.flags = append(result.flags, "--allow-secrets")
			loaded, err = compose.Load(ctx, *options)
		}
	}
	if err != nil {
		return nil, err
	}
	options.Images = map[string]string{}
	for _, image := range loaded.Images {
		if image.Ref == "" {
			options.Images[image.Service] = "registry.example.com/built/" + strings.ToLower(image.Service) + ":1"
			result.flags = append(result.flags, "--image")
		}
	}
	if len(options.Images) == 0 {
		return loaded, nil
	}
	return compose.Load(ctx, *options)
}

// judged is a project in front of the judge.
type judged struct {
	t       *testing.T
	host    string
	project corpustest.Project
	dir     string
}
