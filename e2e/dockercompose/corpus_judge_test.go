package dockercompose

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/corpustest"
)

// compose is the Docker Compose of the deployment.
func (j *judged) compose() *composetest.Compose {
	c := composetest.New(j.t)
	// The cache is not in the home folder, so that paths in it can be distinguished.
	cache := corpustest.Deep(j.t.TempDir())
	if j.project.Registry != "" {
		c.Registries = []string{j.project.Registry}
	}
	c.Env = slices.Concat(j.project.DeployEnv, j.project.Env, []string{"XDG_CACHE_HOME=" + cache})
	return c
}

// original is Docker Compose's model of the project in its folder, with our pins and without the
// env files that the deployment host must provide.
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
	env := j.deployedEnv(p)
	for i, r := range p.Requires {
		file, away := filepath.Join(p.Dir, r.Path), filepath.Join(j.t.TempDir(), strconv.Itoa(i))
		if r.Kind == "env-file" && !filepath.IsAbs(r.Path) && os.Rename(file, away) == nil {
			defer os.Rename(away, file)
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
	for _, file := range env {
		args = append(args, "--env-file", file)
	}
	return j.config(c, args, p.Dir)
}

// remote is Docker Compose's model of the composition in the registry.
func (j *judged) remote(p *compose.Project, mode artifact.Mode) (*corpustest.View, error) {
	built, spec := j.build(p, mode)
	tag := spec.Repository.Tag("1")
	if index, ok := built.Root.(v1.ImageIndex); ok && mode == artifact.Loose {
		require.NoError(j.t, ggcr.WriteIndex(tag, index))
	} else {
		// The index would list images that do not exist, so only the composition is pushed.
		require.NoError(j.t, ggcr.Write(tag, built.Compositions[len(built.Compositions)-1].Image))
	}
	c := j.compose()
	// A path with ${PWD} is relative to the folder in which the application is started.
	c.Env = append(c.Env, "PWD="+j.dir)
	args := []string{"-f", "oci://" + artifact.ReferenceName(tag)}
	for _, file := range j.deployedEnv(p) {
		args = append(args, "--env-file", file)
	}
	v, err := j.config(c, args, "")
	if err == nil {
		v.Rest = strings.ReplaceAll(v.Rest, j.dir+"/", "/PROJECT/")
		for place, mount := range v.Others {
			v.Others[place] = strings.ReplaceAll(mount, "source:"+j.dir+"/", "source:PROJECT/")
		}
	}
	for _, file := range p.Carried {
		if err == nil && file.RestoredAs != "" {
			for _, folder := range []string{"./", "/PROJECT/"} {
				v.Rest = strings.ReplaceAll(v.Rest, folder+file.RestoredAs, folder+file.Name)
			}
		}
	}
	return v, err
}

// deployedEnv are copies of the project's env files for the deployment host.
func (j *judged) deployedEnv(p *compose.Project) []string {
	if j.env != nil {
		return j.env
	}
	files := j.project.EnvFiles
	if len(files) == 0 {
		files = []string{filepath.Join(p.Dir, ".env")}
	}
	j.env = []string{}
	for i, file := range files {
		if !filepath.IsAbs(file) {
			file = filepath.Join(j.dir, file)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		j.env = append(j.env, filepath.Join(j.t.TempDir(), fmt.Sprintf("%d.env", i)))
		require.NoError(j.t, os.WriteFile(j.env[len(j.env)-1], content, 0o600))
	}
	return j.env
}

// notInNames matches characters that repository names can't have.
var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// cacheFolders are the folders in which Docker Compose keeps what it read from a registry: the
// composition, if that is read from there, and those that it includes.
func (j *judged) cacheFolders(c *composetest.Compose) (composition string, included []string) {
	digests := map[string]bool{}
	for _, each := range j.published {
		_, digest, _ := strings.Cut(each.Ref, "@sha256:")
		digests[digest] = true
	}
	for _, entry := range c.Env {
		cache, ok := strings.CutPrefix(entry, "XDG_CACHE_HOME=")
		if !ok {
			continue
		}
		found, err := filepath.Glob(filepath.Join(cache, "docker-compose", "*"))
		require.NoError(j.t, err)
		for _, folder := range found {
			if digests[filepath.Base(folder)] {
				included = append(included, folder)
			} else {
				composition = folder
			}
		}
	}
	return composition, included
}

// config returns a model of Docker Compose, without the parts that depend on folders.
func (j *judged) config(c *composetest.Compose, args []string, dir string) (*corpustest.View, error) {
	for _, profile := range j.profiles {
		args = append(args, "--profile", profile)
	}
	out, _, err := c.Run(append(args, "-p", "app", "config")...)
	if err != nil {
		return nil, err
	}
	composition, included := j.cacheFolders(c)
	return corpustest.NewView(string(out), cmp.Or(dir, composition), c.Home(), included...)
}

// same requires that two models are equal, except for how files get into containers.
func (j *judged) same(want, got *corpustest.View) string {
	j.t.Helper()
	require.Equal(j.t, want.Rest, got.Rest, "%s", j.project.Name)
	require.Empty(j.t, want.Changed(got), "%s", j.project.Name)
	return "same"
}

// bundledModel returns a model with the images of its pins as in a bundle.
func (j *judged) bundledModel(p *compose.Project, model string) string {
	_, loose := j.build(p, artifact.Loose)
	_, bundled := j.build(p, artifact.Bundled)
	last := bundled.Parts[len(bundled.Parts)-1].Pins
	for path, pin := range loose.Parts[0].Pins {
		model = strings.ReplaceAll(model, pin.Ref, last[path].Ref)
	}
	return model
}

// flattened checks the project as one flattened file.
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

// build packages a project with invented images: each is an index with the digest of its name.
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

// lastLine returns the last line of an error, which has the reason.
func lastLine(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return lines[len(lines)-1]
}
