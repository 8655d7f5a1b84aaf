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
	"text/tabwriter"

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
// one more file, and the one that it makes of oci://. A table tells what became
// of each. Packaging needs no image to exist: the pins are made up.
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

// corpusResult is a row of the table.
type corpusResult struct {
	name             string
	services, images int
	loose, bundled   string
	flattened, why   string
}

// judgeProject compares one project in each form. A project of a user's folder
// that can't be packaged, for a reason that is printed, is no failure.
func judgeProject(t *testing.T, host string, project corpustest.Project, result *corpusResult, own bool) {
	dir := filepath.Join(corpustest.Deep(t.TempDir()), "app")
	require.NoError(t, project.CopyTo(dir, corpustest.Host))
	options := compose.Options{
		Files: project.Files, ProjectDir: project.ProjectDir, EnvFiles: project.EnvFiles, Profiles: project.Profiles,
		Environ: project.Env, WorkDir: dir, Images: project.Images, WithEnv: project.WithEnv || !own, WithFiles: project.WithFiles,
		AllowSecrets: project.AllowSecrets || !own,
	}
	loaded, err := load(t.Context(), options, own)
	if err != nil {
		result.why = strings.ReplaceAll(strings.SplitN(err.Error(), "\n", 2)[0], dir+"/", "")
		require.False(t, own, result.why)
		return
	}
	result.services, result.images = len(loaded.Services), len(loaded.Images)
	for _, variable := range loaded.Variables {
		// The place of deployment sets what is required; the last setting counts.
		if variable.Required {
			project.DeployEnv = append([]string{variable.Name + "=made-up"}, project.DeployEnv...)
		}
	}
	if err := checkImages(loaded); err != nil {
		result.why = err.Error()
		require.False(t, own, result.why)
		return
	}
	j := judged{t: t, host: host, project: project, dir: dir}
	before, err := j.original(loaded)
	if err != nil {
		result.why = "Docker Compose does not read it in its folder: " + lastLine(err)
		require.False(t, own, result.why)
		return
	}
	result.flattened = j.flattened(options, before, result, own)
	loose, err := j.remote(loaded, artifact.Loose)
	if project.Unseen || !own && err != nil && unseen(loaded) {
		require.Error(t, err, "Docker Compose reads what it is said not to see")
		result.loose, result.bundled = "for pull", "for pull"
		result.why = "Docker Compose restores no subfolders"
		return
	}
	require.NoError(t, err)
	result.loose = j.same(before, loose)
	bundled, err := j.remote(loaded, artifact.Bundled)
	require.NoError(t, err)
	result.bundled = j.same(j.bundledModel(loaded, before), bundled)
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

// load loads a project; in a user's folder, services that are only built get an
// image, as --image would give it.
func load(ctx context.Context, options compose.Options, own bool) (*compose.Project, error) {
	loaded, err := compose.Load(ctx, options)
	if err != nil || own {
		return loaded, err
	}
	options.Images = map[string]string{}
	for _, image := range loaded.Images {
		if image.Ref == "" {
			options.Images[image.Service] = "registry.example.com/built/" + strings.ToLower(image.Service) + ":1"
		}
	}
	return compose.Load(ctx, options)
}

// unseen tells whether a composition carries files that only pulling restores.
func unseen(p *compose.Project) bool {
	return slices.ContainsFunc(p.Carried, func(f compose.File) bool { return f.Kind == compose.ExtraFile })
}

// judged is a project in front of the judge.
type judged struct {
	t       *testing.T
	host    string
	project corpustest.Project
	dir     string
}

// compose is Docker Compose, where the application is deployed.
func (j judged) compose() *composetest.Compose {
	c := composetest.New(j.t)
	// The cache is not in the home folder, so that paths tell which of them is meant.
	cache := corpustest.Deep(j.t.TempDir())
	c.Env = slices.Concat(j.project.DeployEnv, j.project.Env, []string{"XDG_CACHE_HOME=" + cache})
	return c
}

// original is what Docker Compose makes of the project in its folder, with our pins.
func (j judged) original(p *compose.Project) (string, error) {
	pins := filepath.Join(j.t.TempDir(), compose.PinsFile)
	_, spec := j.build(p, artifact.Loose)
	files, err := p.Pin(j.t.Context(), spec.Parts[0].Pins)
	require.NoError(j.t, err)
	for _, file := range files {
		if file.Name == compose.PinsFile {
			require.NoError(j.t, os.WriteFile(pins, file.Content, 0o644))
		}
	}
	c := j.compose()
	c.Dir = j.dir
	var args []string
	for _, source := range p.Sources {
		args = append(args, "-f", source)
	}
	if _, err := os.Stat(pins); err == nil {
		args = append(args, "-f", pins)
	}
	args = append(args, "--project-directory", p.Dir)
	for _, file := range j.project.EnvFiles {
		args = append(args, "--env-file", file)
	}
	return j.config(c, args, p.Dir)
}

// remote is what Docker Compose makes of the composition in the registry.
func (j judged) remote(p *compose.Project, mode artifact.Mode) (string, error) {
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
	return j.config(c, args, "")
}

// deployedEnv are the project's env files, as the place of deployment has them.
func (j judged) deployedEnv() []string {
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

// cacheFolder is where Docker Compose keeps what it read from a registry.
var cacheFolder = regexp.MustCompile(`/[^\s"']*/docker-compose/[0-9a-f]{64}`)

// config is a model as Docker Compose makes it, without what depends on folders.
func (j judged) config(c *composetest.Compose, args []string, dir string) (string, error) {
	profiles := j.project.Profiles
	if len(profiles) == 0 {
		profiles = []string{"*"}
	}
	for _, profile := range profiles {
		args = append(args, "--profile", profile)
	}
	out, _, err := c.Run(append(args, "-p", "app", "config")...)
	if err != nil {
		return "", err
	}
	if dir == "" {
		dir = cacheFolder.FindString(string(out))
	}
	return corpustest.Model(string(out), dir, c.Home()), nil
}

// same requires that two models are one.
func (j judged) same(want, got string) string {
	j.t.Helper()
	require.Equal(j.t, want, got, "%s", j.project.Name)
	return "same"
}

// bundledModel is a model with the images of its pins where a bundle has them.
func (j judged) bundledModel(p *compose.Project, model string) string {
	_, loose := j.build(p, artifact.Loose)
	_, bundled := j.build(p, artifact.Bundled)
	last := bundled.Parts[len(bundled.Parts)-1].Pins
	for path, pin := range loose.Parts[0].Pins {
		model = strings.ReplaceAll(model, pin.Ref, last[path].Ref)
	}
	return model
}

// flattened judges the project as one resolved file.
func (j judged) flattened(options compose.Options, before string, result *corpusResult, own bool) string {
	options.Flatten = true
	flat, err := load(j.t.Context(), options, own)
	if err != nil {
		result.why = strings.SplitN(err.Error(), "\n", 2)[0]
		require.False(j.t, own, result.why)
		return "refused"
	}
	var carried []string
	for _, file := range flat.Carried {
		carried = append(carried, file.Name)
	}
	after, err := j.remote(flat, artifact.Loose)
	require.NoError(j.t, err)
	return j.same(corpustest.Flat(before, carried), after)
}

// build packages a project whose images are made up: each is an index that has the
// digest of its name.
func (j judged) build(p *compose.Project, mode artifact.Mode) (*artifact.Package, artifact.Spec) {
	j.t.Helper()
	repo, err := name.NewRepository(j.host + "/corpus/" + strings.ToLower(j.project.Name) + "/" + string(mode))
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

// printCorpus prints what became of each project.
func printCorpus(t *testing.T, results []corpusResult) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "PROJECT\tSERVICES\tIMAGES\tLOOSE\tBUNDLED\tFLATTENED\t")
	for _, r := range results {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\n", r.name, r.services, r.images, r.loose, r.bundled, r.flattened, r.why)
	}
	require.NoError(t, w.Flush())
	t.Logf("\n%s", b.String())
}

// lastLine is the last line of an error, which says why.
func lastLine(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return lines[len(lines)-1]
}
