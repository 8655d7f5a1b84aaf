package action

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/inspect"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/action/verify"
	"github.com/ocompose/ocompose/internal/mirrors"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
)

// mirrored returns a client that uses registries.conf.
func mirrored(t *testing.T, conf string) *session.Session {
	t.Helper()
	path := filepath.Join(t.TempDir(), "registries.conf")
	require.NoError(t, os.WriteFile(path, []byte(conf), 0o600))
	config, err := mirrors.Read(path)
	require.NoError(t, err)
	return session.New(remote.New(remote.WithInsecureHosts(config.IsInsecure)), nil, session.WithMirrors(config))
}

// away is a project with an image in a registry that does not run, for a package in a registry
// that does.
func away(t *testing.T, host, image string, mode artifact.Mode) plan {
	t.Helper()
	repository, err := name.NewRepository(host + "/shop")
	require.NoError(t, err)
	return plan{
		project: loadProject(t, "services:\n  web:\n    image: 127.0.0.1:1/"+image+"\n"),
		Options: artifact.Options{Mode: mode, Repository: repository},
	}
}

func TestImagesAreReadFromMirrors(t *testing.T) {
	t.Parallel()
	image := registrytest.ImageSpec{Platforms: []string{"linux/amd64", "linux/arm64"}, Layers: 2, LayerSize: 1000}
	const table = "[[registry]]\nprefix = \"127.0.0.1:1\"\n"
	for way, tc := range map[string]struct {
		conf  string // GOOD is a registry that has the image, EMPTY one that does not
		image string
		want  string // part of the error; empty: it works
	}{
		"another location":           {conf: table + "location = \"GOOD/copies\"\n"},
		"a mirror":                   {conf: table + "[[registry.mirror]]\nlocation = \"GOOD/copies\"\n"},
		"the second mirror":          {conf: table + "[[registry.mirror]]\nlocation = \"EMPTY\"\n[[registry.mirror]]\nlocation = \"GOOD/copies\"\n"},
		"an unreachable mirror":      {conf: table + "[[registry.mirror]]\nlocation = \"127.0.0.1:2\"\n[[registry.mirror]]\nlocation = \"GOOD/copies\"\n"},
		"the location, not a mirror": {conf: table + "location = \"GOOD/copies\"\n[[registry.mirror]]\nlocation = \"EMPTY\"\n"},
		"a tag, by digest only": {
			conf: table + "[[registry.mirror]]\nlocation = \"GOOD/copies\"\npull-from-mirror = \"digest-only\"\n", want: "127.0.0.1:1",
		},
		"no mirror has it": {conf: table + "location = \"EMPTY/a\"\n[[registry.mirror]]\nlocation = \"EMPTY/b\"\n", want: "/b/team/web"},
		"blocked":          {conf: table + "blocked = true\n", want: "registries.conf blocks 127.0.0.1:1"},
		"no repository":    {conf: table + "location = \"GOOD/COPIES\"\n", want: "location of 127.0.0.1:1/team/web in registries.conf"},
		"none of its images": {
			conf: "[[registry]]\nprefix = \"127.0.0.1:1/other\"\nlocation = \"GOOD/copies\"\n", want: "127.0.0.1:1",
		},
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			good, empty := registrytest.Start(t), registrytest.Start(t)
			pushed := registrytest.PushImage(t, good.Host+"/copies/team/web:1", image)
			client := mirrored(t, strings.NewReplacer("GOOD", good.Host, "EMPTY", empty.Host).Replace(tc.conf))
			for _, mode := range []artifact.Mode{artifact.Loose, artifact.Bundled} {
				made, err := away(t, good.Host, "team/web:1", mode).push(t, client, publish.PushOptions{Tag: "1"})
				if tc.want != "" {
					require.ErrorContains(t, err, tc.want)
					continue
				}
				require.NoError(t, err)
				v, err := verify.Package(t.Context(), client, at(made.Digest), verify.Options{})
				require.NoError(t, err)
				require.True(t, v.OK, "%+v", v)
				pin := "127.0.0.1:1/team/web:1@"
				if mode == artifact.Bundled {
					pin = good.Host + "/shop@"
				}
				places, err := inspect.ImagesOf(t.Context(), client, at(made.Digest), nil)
				require.NoError(t, err)
				require.Equal(t, pin+pushed.Digest.String(), places[0].Reference)
			}
		})
	}
}

// TestBlobsOfAMirrorAreMounted: the mirror is in the target registry of the bundle.
func TestBlobsOfAMirrorAreMounted(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	registrytest.PushImage(t, s.Host+"/copies/team/web:1", registrytest.ImageSpec{Layers: 3, LayerSize: 1000})
	client := mirrored(t, fmt.Sprintf("[[registry]]\nlocation = \"127.0.0.1:1\"\n[[registry.mirror]]\nlocation = %q\n", s.Host+"/copies"))
	s.Reset()
	_, err := away(t, s.Host, "team/web:1", artifact.Bundled).push(t, client, publish.PushOptions{Tag: "1"})
	require.NoError(t, err)
	mounts := 0
	for _, req := range s.Requests() {
		if req.Query.Get("mount") != "" {
			mounts++
			require.Equal(t, "copies/team/web", req.Query.Get("from"))
		}
	}
	require.Equal(t, 4, mounts, "three layers and a config")
}

// TestTargetsAreNotReadFromMirrors: a mirror has a tag that the registry does not have.
func TestTargetsAreNotReadFromMirrors(t *testing.T) {
	t.Parallel()
	s, mirror := registrytest.Start(t), registrytest.Start(t)
	p := shopAt(t, s.Host, artifact.Loose)
	registrytest.PushImage(t, mirror.Host+"/shop:1", registrytest.ImageSpec{}) // must not be found
	client := mirrored(t, fmt.Sprintf("[[registry]]\nlocation = \"%s/shop\"\n[[registry.mirror]]\nlocation = \"%s/shop\"\n", s.Host, mirror.Host))
	mirror.Reset()
	_, err := p.push(t, client, publish.PushOptions{Tag: "1"})
	require.NoError(t, err)
	require.Empty(t, mirror.Requests())
}
