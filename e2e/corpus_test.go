package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/composetest"
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

// compose is Docker Compose, where the application is deployed.
func (j *judged) compose() *composetest.Compose {
	c := composetest.New(j.t)
	// The cache is not in the home folder, so that paths tell which of them is meant.
	cache := corpustest.Deep(j.t.TempDir())
	c.Env = slices.Concat(j.project.DeployEnv, j.project.Env, []string{"XDG_CACHE_HOME=" + cache})
	return c
}

// original is what Docker Compose makes of the project in its folder, with our pins and
// without the env files that the place of deployment has to have.
func (j *judged) original(p *compose.Project) (*corpustest.View, error) {
	_, spec := j.build(p, artifact.Loose)
	files, err := p.Pin(j.t.Context(), spec.Parts[0].Pins)
	require.NoError(j.t, err)
	more := map[string]bool{compose.PinsFile: true}
	for _, file := range p.Files[min(len(p.Files), 1):] {
		more[file.Name] = strings.HasPrefix(file.Name, "file-references")
	}
	var added []string
	for _, file := range files {
		if file.Kind == compose.ComposeFile && more[file.Name] {
			added = append(added, "-f", filepath.Join(j.t.TempDir(), file.Name))
			require.NoError(j.t, os.WriteFile(added[len(added)-1], file.Content, 0o644))
		}
	}
	for _, r := range p.Requires {
		if r.Kind == "env-file" && !filepath.IsAbs(r.Path) {
			require.NoError(j.t, os.RemoveAll(filepath.Join(p.Dir, r.Path)))
		}
	}
	c := j.compose()
	c.Dir = j.dir
	c.Env = append(c.Env, "PWD="+j.dir)
	var args []string
	for _, source := range p.Sources {
		args = append(args, "-f", source)
	}
	args = append(append(args, added...), "--project-directory", p.Dir)
	for _, file := range j.project.EnvFiles {
		args = append(args, "--env-file", file)
	}
	return j.config(c, args, p.Dir)
}

// remote is what Docker Compose makes of the composition in the registry.
func (j *judged) remote(p *compose.Project, mode artifact.Mode) (*corpustest.View, error) {
	built, spec := j.build(p, mode)
	tag := spec.Repository.Tag("1")
	if index, ok := built.Root.(v1.ImageIndex); ok && mode == artifact.Loose {
		require.NoError(j.t, ggcr.WriteIndex(tag, index))
	} else {
		// The index would list images that do not exist: the composition goes alone.
		require.NoError(j.t, ggcr.Write(tag, built.Compositions[len(built.Compositions)-1].Image))
	}
	c := j.compose()
	args := []string{"-f", "oci://" + artifact.ReferenceName(tag)}
	for _, file := range j.deployedEnv() {
		args = append(args, "--env-file", file)
	}
	v, err := j.config(c, args, "")
	for _, file := range p.Carried {
		if err == nil && file.RestoredAs != "" {
			for _, folder := range []string{"./", "/PROJECT/"} {
				v.Rest = strings.ReplaceAll(v.Rest, folder+file.RestoredAs, folder+file.Name)
			}
		}
	}
	return v, err
}

// deployedEnv are the project's env files, as the place of deployment has them.
func (j *judged) deployedEnv() []string {
	files := j.project.EnvFiles
	if len(files) == 0 {
		files = []string{".env"}
	}
	var there []string
	for _, file := range files {
		path := filepath.Join(j.dir, file)
		if _, err := os.Stat(path); err == nil {
			there = append(there, path)
		}
	}
	return there
}

// notInNames are characters that no name of a repository has here.
var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// cacheFolder is where Docker Compose keeps what it read from a registry: the only folder in
// its cache.
func cacheFolder(c *composetest.Compose) string {
	for _, entry := range c.Env {
		if cache, ok := strings.CutPrefix(entry, "XDG_CACHE_HOME="); ok {
			if found, err := filepath.Glob(filepath.Join(cache, "docker-compose", "*")); err == nil && len(found) == 1 {
				return found[0]
			}
		}
	}
	return ""
}

// config is a model as Docker Compose makes it, without what depends on folders.
func (j *judged) config(c *composetest.Compose, args []string, dir string) (*corpustest.View, error) {
	profiles := j.project.Profiles
	if len(profiles) == 0 {
		profiles = []string{"*"}
	}
	for _, profile := range profiles {
		args = append(args, "--profile", profile)
	}
	out, _, err := c.Run(append(args, "-p", "app", "config")...)
	if err != nil {
		return nil, err
	}
	if dir == "" {
		dir = cacheFolder(c)
	}
	return corpustest.NewView(string(out), dir, c.Home())
}

// same requires that two models are one, but for the way that files get into containers.
func (j *judged) same(want, got *corpustest.View) string {
	j.t.Helper()
	require.Equal(j.t, want.Rest, got.Rest, "%s", j.project.Name)
	require.Empty(j.t, want.Changed(got), "%s", j.project.Name)
	return "same"
}

// bundledModel is a model with the images of its pins where a bundle has them.
func (j *judged) bundledModel(p *compose.Project, model string) string {
	_, loose := j.build(p, artifact.Loose)
	_, bundled := j.build(p, artifact.Bundled)
	last := bundled.Parts[len(bundled.Parts)-1].Pins
	for path, pin := range loose.Parts[0].Pins {
		model = strings.ReplaceAll(model, pin.Ref, last[path].Ref)
	}
	return model
}

// flattened judges the project as one resolved file.
func (j *judged) flattened(options compose.Options, before *corpustest.View, result *corpusResult, own bool) string {
	options.Flatten = true
	flat, err := compose.Load(j.t.Context(), options)
	if err != nil {
		result.why = strings.SplitN(err.Error(), "\n", 2)[0]
		require.False(j.t, own, result.why)
		return "refused"
	}
	after, err := j.remote(flat, artifact.Loose)
	require.NoError(j.t, err)
	return j.same(before, after)
}

// build packages a project whose images are made up: each is an index that has the
// digest of its name.
func (j *judged) build(p *compose.Project, mode artifact.Mode) (*artifact.Package, artifact.Spec) {
	j.t.Helper()
	repo, err := name.NewRepository(j.host + "/corpus/p" + notInNames.ReplaceAllString(strings.ToLower(j.project.Name), "-") + "/" + string(mode))
	require.NoError(j.t, err)
	images := map[string]*artifact.Image{}
	for _, place := range p.Images {
		ref, err := artifact.ParseReference(place.Ref)
		require.NoError(j.t, err, place.Path)
		digest, size, err := v1.SHA256(strings.NewReader(place.Ref))
		require.NoError(j.t, err)
		image := &artifact.Image{Name: place.Ref, Ref: ref, Origin: place.Ref}
		image.Root.Descriptor = v1.Descriptor{MediaType: types.OCIImageIndex, Digest: digest, Size: size}
		if place.Platform != "" {
			own, err := artifact.ParsePlatform(place.Platform)
			require.NoError(j.t, err)
			image.Manifests = []v1.Descriptor{{MediaType: types.OCIManifestSchema1, Digest: digest, Size: size, Platform: &own}}
		}
		images[place.Path] = image
	}
	spec, err := artifact.NewSpec(p, images, artifact.Options{Mode: mode, Repository: repo})
	require.NoError(j.t, err)
	built, err := artifact.Build(j.t.Context(), spec)
	require.NoError(j.t, err)
	return built, spec
}

// lastLine is the last line of an error, which says why.
func lastLine(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return lines[len(lines)-1]
}
