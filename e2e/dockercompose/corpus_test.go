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
	j := &judged{t: t, host: host, project: project, dir: dir, profiles: project.Profiles}
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

// completed packages a project of which files stay with the flags that have more of them
// travel, as few as are needed.
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

// lostFiles are the files that containers do not see any more, but for the Compose files
// themselves, which are packaged as such, and files that only Git reads.
func lostFiles(p *compose.Project, before, after *corpustest.View) []string {
	return slices.DeleteFunc(before.Lost(after), func(name string) bool {
		return path.Base(name) == ".gitignore" || path.Base(name) == ".gitkeep" || slices.Contains(p.Sources, filepath.Join(p.Dir, filepath.FromSlash(name)))
	})
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
	if err != nil && !own && len(j.project.Profiles) == 0 {
		// Some projects have profiles of which only one is run at a time.
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
// are built get images, as --image '*=REF' gives them, and secrets are allowed.
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

// allowing sets the options that allow the secrets that an error names, and returns the flags:
// those of known forms are allowed by the names of their files.
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

// isLocal reports whether an image is only where it was built: it has no name, or one that
// names no account of a registry.
func isLocal(image compose.Image) bool {
	return image.Ref == "" || image.Built && !strings.Contains(image.Ref, "/")
}

// judged is a project in front of the judge.
type judged struct {
	t       *testing.T
	host    string
	project corpustest.Project
	dir     string
	// profiles are those that are compared.
	profiles []string
	// env are the env files of the place of deployment, once they are known.
	env []string
}
