package action

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
)

// TestReportedRegistries runs the commands of users on each registry that users reported.
func TestReportedRegistries(t *testing.T) {
	for _, r := range registrytest.ReportedRegistries() {
		t.Run(r.Name, func(t *testing.T) {
			home := t.TempDir()
			config := r.Config
			if config == "" {
				config = `{}`
			}
			require.NoError(t, os.WriteFile(filepath.Join(home, "config.json"), []byte(config), 0o600))
			t.Setenv("DOCKER_CONFIG", home)
			t.Setenv("XDG_RUNTIME_DIR", home)
			t.Setenv("XDG_CONFIG_HOME", home)
			reported := newReported(t, r)
			for _, c := range registrytest.ReportedChecks {
				if !t.Run(c[0], func(t *testing.T) { require.Equal(t, r.Want[c[0]], reported.check(t, c[0])) }) {
					return
				}
			}
		})
	}
}

// reported is a registry that behaves as reported, next to one without faults.
type reported struct {
	registrytest.Reported
	host, honest string
	shop         plan
	login        remote.Option
}

func newReported(t *testing.T, r registrytest.Reported) reported {
	t.Helper()
	x := reported{Reported: r, honest: registrytest.Start(t).Host, login: remote.WithKeychain(everywhere{})}
	if r.Config != "" {
		x.login = remote.WithKeychain(remote.DefaultKeychain())
	}
	spec := registrytest.ImageSpec{Platforms: []string{"linux/amd64", "linux/arm64"}, Layers: 2, LayerSize: 150_000}
	x.host = r.Start(t, func(s *registrytest.Server) {
		as := ggcr.WithAuth(&authn.Basic{Username: registrytest.User, Password: registrytest.Password})
		registrytest.PushImage(t, s.Host+"/src/web:1", spec, as)
	}).Host
	registrytest.PushImage(t, x.honest+"/src/web:1", spec)
	x.shop = x.planAt(t, x.host)
	push(t, x.bundled(x.planAt(t, x.honest)), "bundle")
	return x
}

// everywhere is the login of registries that require one.
type everywhere struct{}

func (everywhere) Resolve(authn.Resource) (authn.Authenticator, error) {
	return &authn.Basic{Username: registrytest.User, Password: registrytest.Password}, nil
}

func (reported) planAt(t *testing.T, host string) plan {
	t.Helper()
	repository, err := name.NewRepository(host + "/shop")
	require.NoError(t, err)
	return plan{
		project: loadProject(t, "services:\n  web:\n    image: "+host+"/src/web:1\n"),
		Options: artifact.Options{Mode: artifact.Loose, Repository: repository},
	}
}

func (reported) bundled(p plan) plan {
	p.Mode = artifact.Bundled
	return p
}

// check runs the check with a name, and returns its outcome.
func (x reported) check(t *testing.T, what string) string {
	client := session.New(remote.New(x.login), nil)
	copyTo := func(from, to string, options publish.CopyOptions) string {
		options.Tag = "copied"
		source, target := reference(t, from), reference(t, to+":copied")
		_, err := publish.Copy(t.Context(), client, session.Location{Store: client.Registry(source.Context()), Ref: source.Identifier()}, client.Registry(target.Context()), options)
		return x.outcome(t, target, err)
	}
	pushAs := func(p plan, tag string) string {
		_, err := p.push(t, client, publish.PushOptions{Tag: tag})
		return x.outcome(t, p.Repository.Tag(tag), err)
	}
	switch what {
	case "push", "push again":
		return pushAs(x.shop, "loose")
	case "push --no-portable":
		p := x.shop
		p.NoPortable = true
		return pushAs(p, "no-portable")
	case "push --bundle":
		return pushAs(x.bundled(x.shop), "bundle")
	case "copy there":
		return copyTo(x.honest+"/shop:bundle", x.host+"/copied", publish.CopyOptions{})
	case "copy from there":
		return copyTo(x.host+"/shop:no-portable", x.honest+"/copied", publish.CopyOptions{Bundle: true})
	}
	t.Fatalf("no check %q", what)
	return ""
}

// outcome is the result for a package. A package that arrived must be complete.
func (x reported) outcome(t *testing.T, at name.Reference, err error) string {
	t.Helper()
	switch {
	case errors.Is(err, artifact.ErrLegacy):
		return registrytest.Legacy
	case err != nil && x.Reason != "" && strings.Contains(err.Error(), x.Reason):
		return registrytest.Explained
	case err != nil:
		return err.Error()
	}
	client := session.New(remote.New(x.login), nil)
	v, err := verify.Package(t.Context(), client, session.Location{Store: client.Registry(at.Context()), Ref: at.Identifier()}, verify.Options{Deep: true})
	require.NoError(t, err)
	require.True(t, v.OK, "%+v", v)
	return registrytest.Works
}
