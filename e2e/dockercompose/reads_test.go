package dockercompose

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestDockerComposeReadsEveryKind: for each kind of composition, Docker Compose loads the same
// model from oci:// as from the files on disk, except for the images, which are exactly the
// digests that inspect shows.
func TestDockerComposeReadsEveryKind(t *testing.T) {
	t.Parallel()
	oci10 := func(t testing.TB) string { return registrytest.Start(t, registry.WithOCI10(true)).Host }
	kinds := programtest.Registries()
	embedded, distribution, docker := kinds[0].Start, kinds[2].Start, kinds[3].Start
	for _, test := range []struct {
		name         string
		start        func(testing.TB) string
		args         []string // TARGET is the target
		compositions int
		mode         string
	}{
		{"loose", embedded, []string{"push", "TARGET"}, 3, "loose"},
		{"loose for one platform", embedded, []string{"push", "--platform", "linux/arm64", "TARGET"}, 1, "loose"},
		{"loose without portable composition", embedded, []string{"push", "--no-portable", "TARGET"}, 2, "loose"},
		{"loose in OCI 1.0", oci10, []string{"push", "TARGET"}, 1, "loose"},
		{"bundled", embedded, []string{"push", "--bundle", "TARGET"}, 3, "bundled"},
		{"bundled for one platform", embedded, []string{"push", "--bundle", "--platform", "linux/amd64", "TARGET"}, 1, "bundled"},
		{"attached", embedded, []string{"attach", "--tag", "app", "IMAGE"}, 3, "loose"},
		{"attached and bundled", embedded, []string{"attach", "--bundle", "--tag", "app", "IMAGE"}, 3, "bundled"},
		{"loose on distribution 3", distribution, []string{"push", "TARGET"}, 3, "loose"},
		{"bundled on distribution 3", distribution, []string{"push", "--bundle", "TARGET"}, 3, "bundled"},
		{"attached on distribution 3", distribution, []string{"attach", "--tag", "app", "IMAGE"}, 3, "loose"},
		{"loose on docker-registry 2.8", docker, []string{"push", "TARGET"}, 3, "loose"},
		{"bundled on docker-registry 2.8", docker, []string{"push", "--bundle", "TARGET"}, 3, "bundled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := composetest.New(t)
			host := test.start(t)
			p := programtest.New(t)
			p.WriteShop(host)
			target := host + "/apps/shop:1"
			args := slices.Clone(test.args)
			if i := slices.Index(args, "IMAGE"); i >= 0 {
				args[i], target = host+"/images/web:1", host+"/images/web:app"
			} else {
				args[len(args)-1] = target
			}
			p.OK(args...)

			report := p.Inspect(target)
			require.Len(t, report.Compositions, test.compositions)
			require.Equal(t, test.mode, report.Mode)
			want := report.Last().ImagesByService()
			require.Len(t, want, 5)
			if test.compositions == 3 {
				// Docker Compose reads the last composition, which must therefore run on every
				// machine.
				require.True(t, report.Last().Portable)
				for service, image := range map[string]string{"web": "web:1", "db": "db:17", "cache": "cache:7"} {
					require.True(t, strings.HasSuffix(want[service], "@"+registrytest.Digest(t, host+"/images/"+image)), service)
				}
			}
			for service, image := range want {
				require.Regexp(t, `^`+host+`/.+@sha256:[0-9a-f]{64}$`, image, service)
			}

			onDisk := modelOf(t, c, filepath.Join(p.Dir, "compose.yaml"))
			remote := modelOf(t, c, "oci://"+target)
			require.Equal(t, want, takeImages(t, remote))
			takeImages(t, onDisk)
			// An anchored value that only images use is edited at the anchor.
			delete(onDisk, "x-image")
			delete(remote, "x-image")
			require.Equal(t, onDisk, remote)

			var images []string
			for _, image := range want {
				images = append(images, image)
			}
			slices.Sort(images)
			images = slices.Compact(images)
			require.Equal(t, images, c.Images("-f", "oci://"+target, "--profile", "*"))
			// By digest and by tag.
			require.Equal(t, images, c.Images("-f", "oci://"+report.Reference, "--profile", "*"))
		})
	}
}

// modelOf returns Docker Compose's model of a file, with all its profiles.
func modelOf(t testing.TB, c *composetest.Compose, file string) map[string]any {
	t.Helper()
	var model map[string]any
	require.NoError(t, json.Unmarshal(c.Output("-f", file, "-p", "app", "--profile", "*", "config", "--format", "json"), &model))
	return model
}

// takeImages removes the images from a model and returns them by service.
func takeImages(t testing.TB, model map[string]any) map[string]string {
	t.Helper()
	images := map[string]string{}
	services := model["services"].(map[string]any)
	for name, service := range services {
		image, ok := service.(map[string]any)["image"].(string)
		require.True(t, ok, "service %s has no image", name)
		images[name] = image
		delete(service.(map[string]any), "image")
	}
	return images
}
