package compose

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/corpustest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func readCorpus(t testing.TB) []corpustest.Project {
	t.Helper()
	projects, err := corpustest.Read(filepath.Join("testdata", "corpus"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(projects), 30)
	return projects
}

// loadCorpus loads every project of the corpus that needs no registry.
func loadCorpus(t testing.TB) []*Project {
	t.Helper()
	var projects []*Project
	for _, project := range readCorpus(t) {
		if len(project.Included) > 0 {
			continue
		}
		dir := filepath.Join(corpustest.Deep(t.TempDir()), "app")
		require.NoError(t, project.CopyTo(dir, corpustest.Host))
		p, err := Load(context.Background(), corpusOptions(project, dir))
		require.NoError(t, err, project.Name)
		projects = append(projects, p)
	}
	return projects
}

// corpusOptions returns the options to package a corpus project in dir.
func corpusOptions(p corpustest.Project, dir string) Options {
	return Options{
		Files: p.Files, ProjectDir: p.ProjectDir, EnvFiles: p.EnvFiles, Profiles: p.Profiles, Environ: p.Env, WorkDir: dir,
		Images: p.Images, WithEnv: p.WithEnv, WithFiles: p.WithFiles, Exclude: p.Exclude, AllowSecrets: p.AllowSecrets, PinIncluded: true,
	}
}

// publishCorpus pushes the compositions that a project includes to a registry of their own. It
// returns the registry's host and what reads them.
func publishCorpus(t *testing.T, project *corpustest.Project) (host string, fetch Fetch) {
	t.Helper()
	if len(project.Included) == 0 {
		return corpustest.Host, nil
	}
	server := registrytest.Start(t)
	project.Registry = server.Host
	published, err := project.Publish(server.Host)
	require.NoError(t, err)
	return server.Host, func(_ context.Context, ref string) (Fetched, error) {
		for tag, composition := range published {
			if ref == tag || ref == composition.Ref {
				files := []File{{Name: "compose.yaml", Content: composition.Main}}
				for name, content := range composition.Carried {
					files = append(files, File{Name: name, Content: content, Kind: RestoredFile})
				}
				return Fetched{Ref: composition.Ref, Files: files}, nil
			}
		}
		return Fetched{}, fmt.Errorf("there is no %s", ref)
	}
}

// TestCorpus compares Docker Compose's model of each corpus project, in its folder with our pins
// as one more file, with its model of the composition: restored from a registry, restored by
// pull, and flattened.
func TestCorpus(t *testing.T) {
	t.Parallel()
	for _, project := range readCorpus(t) {
		t.Run(project.Name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(corpustest.Deep(t.TempDir()), "app")
			host, fetch := publishCorpus(t, &project)
			require.NoError(t, project.CopyTo(dir, host))
			opts := corpusOptions(project, dir)
			opts.Fetch = fetch
			p, err := Load(t.Context(), opts)
			require.NoError(t, err)
			opts.Flatten = true
			flat, err := Load(t.Context(), opts)
			require.NoError(t, err)
			require.Equal(t, p.Images, flat.Images)

			requireSameImages(t, project, p, dir)
			original := corpusOriginal(t, project, p, dir)
			for _, inPlace := range []bool{false, true} {
				files, err := p.Pin(t.Context(), pinAll(p, inPlace))
				require.NoError(t, err)
				_, err = Open(t.Context(), files, fetch)
				require.NoError(t, err)
				requireSameView(t, project, original, corpusComposition(t, project, files, true), "pulled, in place: %v", inPlace)
				requireSameView(t, project, original, corpusComposition(t, project, files, false), "from a registry, in place: %v", inPlace)
				files, err = flat.Pin(t.Context(), pinAll(flat, inPlace))
				require.NoError(t, err)
				requireSameView(t, project, original, corpusComposition(t, project, files, false), "flattened, in place: %v", inPlace)
			}
		})
	}
}

// requireSameImages compares the images that Load finds with those of Docker Compose.
func requireSameImages(t *testing.T, project corpustest.Project, p *Project, dir string) {
	t.Helper()
	var config struct {
		Services, Jobs map[string]struct{ Image string }
	}
	require.NoError(t, yaml.Unmarshal([]byte(corpusProject(t, project, p, dir).Rest), &config))
	want := map[string]string{}
	for name, service := range config.Services {
		want["services."+name+".image"] = service.Image
	}
	for name, job := range config.Jobs {
		want["jobs."+name+".image"] = job.Image
	}
	for path, ref := range refs(p) {
		name, isImage := strings.CutSuffix(path, ".image")
		_, name, _ = strings.Cut(name, ".")
		if isImage && project.Images[name] == "" && project.Images[want[path]] == "" && want[path] != "" && !strings.Contains(path, ".pre_start.") {
			require.Equal(t, want[path], ref, path)
		}
	}
}

// corpusOriginal returns Docker Compose's model of a project with our pins, without the env files
// that the deployment host must provide.
func corpusOriginal(t *testing.T, project corpustest.Project, p *Project, dir string) *corpustest.View {
	t.Helper()
	files, err := p.Pin(t.Context(), pinAll(p, false))
	require.NoError(t, err)
	var more []string
	for _, file := range files {
		if file.Name == lastingName || file.Name == PinsFile {
			more = append(more, filepath.Join(t.TempDir(), file.Name))
			require.NoError(t, os.WriteFile(more[len(more)-1], file.Content, 0o644))
		}
	}
	for _, r := range p.Requires {
		if r.Kind == "env-file" && !filepath.IsAbs(r.Path) {
			require.NoError(t, os.RemoveAll(filepath.Join(dir, r.Path)))
		}
	}
	return corpusProject(t, project, p, dir, more...)
}

// corpusJudge returns a Docker Compose that reads the registry of a project.
func corpusJudge(t *testing.T, project corpustest.Project) *composetest.Compose {
	t.Helper()
	judge := composetest.New(t)
	if project.Registry != "" {
		judge.Registries = []string{project.Registry}
	}
	return judge
}

// corpusProject returns Docker Compose's model of a project in its folder, with more files.
func corpusProject(t *testing.T, project corpustest.Project, p *Project, dir string, more ...string) *corpustest.View {
	t.Helper()
	judge := corpusJudge(t, project)
	judge.Dir = dir
	judge.Env = append(append([]string{"PWD=" + dir}, project.Env...), project.DeployEnv...)
	var args []string
	// The pins are given by name, so all files must be.
	names := project.Files
	if len(names) == 0 {
		names = p.Sources
	}
	for _, name := range slices.Concat(names, more) {
		args = append(args, "-f", name)
	}
	if project.ProjectDir != "" {
		args = append(args, "--project-directory", project.ProjectDir)
	}
	for _, name := range project.EnvFiles {
		args = append(args, "--env-file", name)
	}
	return corpusView(t, judge, project, p.Dir, args...)
}

// corpusComposition returns Docker Compose's model of a composition: of the files that it
// restores next to compose.yaml, or of all files if they are pulled.
func corpusComposition(t *testing.T, project corpustest.Project, files []File, pulled bool) *corpustest.View {
	t.Helper()
	dir := filepath.Join(corpustest.Deep(t.TempDir()), "app")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	judge := corpusJudge(t, project)
	judge.Env = append(append([]string{}, project.Env...), project.DeployEnv...)
	var layers, args []string
	for _, file := range files {
		path, mode := filepath.Join(dir, filepath.FromSlash(file.Name)), os.FileMode(0o644)
		if file.Kind.IsMerged() {
			layers = append(layers, string(file.Content))
		}
		switch {
		case pulled && file.Kind == RegistryFile, !pulled && file.Kind != RestoredFile:
			continue
		case pulled && file.Kind == ComposeFile:
			args = append(args, "-f", path)
		case !pulled && file.RestoredAs != "":
			path = filepath.Join(dir, file.RestoredAs)
		}
		if pulled && file.Executable {
			mode = 0o755
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, file.Content, mode))
	}
	if pulled {
		// For some includes, Docker Compose must run in the project folder.
		judge.Dir = dir
	} else {
		path := filepath.Join(dir, "compose.yaml")
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(layers, "\n---\n")), 0o644))
		args = []string{"-f", path}
	}
	// The deployment host has the same .env.
	for _, name := range append([]string{".env"}, project.EnvFiles...) {
		if content, err := os.ReadFile(filepath.Join(project.Dir, name)); err == nil {
			env := filepath.Join(t.TempDir(), "env")
			require.NoError(t, os.WriteFile(env, content, 0o644))
			if name != ".env" || len(project.EnvFiles) == 0 {
				args = append(args, "--env-file", env)
			}
		}
	}
	v := corpusView(t, judge, project, dir, args...)
	for _, file := range files {
		if file.RestoredAs != "" {
			for _, folder := range []string{"./", "/PROJECT/"} {
				v.Rest = strings.ReplaceAll(v.Rest, folder+file.RestoredAs, folder+file.Name)
			}
		}
	}
	return v
}

// corpusView returns a model of Docker Compose without folder names.
func corpusView(t *testing.T, judge *composetest.Compose, project corpustest.Project, dir string, args ...string) *corpustest.View {
	profiles := project.Profiles
	if len(profiles) == 0 {
		profiles = []string{"*"}
	}
	for _, profile := range profiles {
		args = append(args, "--profile", profile)
	}
	config := judge.Config(args...)
	included, err := filepath.Glob(filepath.Join(judge.Home(), ".cache", "docker-compose", "*"))
	require.NoError(t, err)
	v, err := corpustest.NewView(string(config), dir, judge.Home(), included...)
	require.NoError(t, err)
	return v
}

// requireSameView compares the view of the containers of a project and of its composition. Files
// that are not carried are the project's requirements.
func requireSameView(t *testing.T, project corpustest.Project, want, got *corpustest.View, message string, args ...any) {
	t.Helper()
	about := append([]any{message}, args...)
	require.Equal(t, want.Rest, got.Rest, about...)
	require.Empty(t, want.Changed(got), about...)
	require.Equal(t, project.Stays, want.Lost(got), about...)
}
