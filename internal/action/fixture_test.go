package action

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/remove"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/report"
)

// newSession returns the registries of one command.
func newSession() *session.Session { return session.New(remote.New(), nil) }

// at returns the location of a reference for one command.
func at(ref name.Reference) session.Location {
	return session.Location{Store: newSession().Registry(ref.Context()), Ref: ref.Identifier()}
}

// reference parses a reference.
func reference(t testing.TB, ref string) name.Reference {
	t.Helper()
	parsed, err := artifact.ParseReference(ref)
	require.NoError(t, err)
	return parsed
}

// loadProject loads a project of one compose file.
func loadProject(t testing.TB, content string) *compose.Project {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "compose.yaml"), []byte(content), 0o644))
	project, err := compose.Load(t.Context(), compose.Options{WorkDir: dir})
	require.NoError(t, err)
	return project
}

// A plan describes the package that a test pushes.
type plan struct {
	project *compose.Project
	artifact.Options
	// image, if set, is the subject.
	image name.Reference
}

// shopAt pushes the shop's images to a registry and returns the plan of its package in
// REGISTRY/shop.
func shopAt(t testing.TB, host string, mode artifact.Mode) plan {
	t.Helper()
	for i, image := range []string{"web:1", "db:1"} {
		registrytest.PushImage(t, host+"/src/"+image, registrytest.ImageSpec{
			Platforms: []string{"linux/amd64", "linux/arm64"}, Layers: 2, LayerSize: 1000, Seed: uint64(i + 1),
		})
	}
	repository, err := name.NewRepository(host + "/shop")
	require.NoError(t, err)
	return plan{
		project: loadProject(t, "services:\n  web:\n    image: "+host+"/src/web:1\n  db:\n    image: '"+host+"/src/db:1'\n"),
		Options: artifact.Options{Mode: mode, Repository: repository},
	}
}

// push pushes the plan as one command does.
func (p plan) push(t testing.TB, client *session.Session, options publish.PushOptions) (made, error) {
	t.Helper()
	var pushed publish.Pushed
	var err error
	if p.image != nil {
		p.Repository = p.image.Context()
		pushed, err = publish.Attach(t.Context(), client, p.image, client.Registry(p.Repository), p.project, nil, p.Options, options)
	} else {
		pushed, err = publish.Push(t.Context(), client, client.Registry(p.Repository), p.project, p.Options, options)
	}
	if err != nil {
		return made{}, err
	}
	return made{pushed, p.Repository.Digest(pushed.Package.Digest().String())}, nil
}

// made is a package in a registry.
type made struct {
	publish.Pushed
	Digest name.Digest
}

// push pushes a plan, which must succeed.
func push(t testing.TB, p plan, tag string) made {
	t.Helper()
	pushed, err := p.push(t, newSession(), publish.PushOptions{Tag: tag})
	require.NoError(t, err)
	return pushed
}

func fetch(t testing.TB, ref name.Reference) *artifact.Package {
	t.Helper()
	p, err := newSession().Fetch(t.Context(), at(ref))
	require.NoError(t, err)
	return p
}

func verifyAt(t testing.TB, ref name.Reference) *report.Verification {
	t.Helper()
	v, err := verify.Package(t.Context(), newSession(), at(ref), verify.Options{})
	require.NoError(t, err)
	return v
}

// remove deletes a package as one command does, and returns its plan.
func removeAt(t testing.TB, ref name.Reference, images bool) *remove.Deletion {
	t.Helper()
	client, where := newSession(), at(ref)
	deletion, err := remove.Plan(t.Context(), client, where, remove.Options{Images: images})
	require.NoError(t, err)
	require.NoError(t, remove.Delete(t.Context(), where.Store, deletion))
	return deletion
}
