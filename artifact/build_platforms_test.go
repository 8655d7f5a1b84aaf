package artifact

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"
)

func TestBuildPlatforms(t *testing.T) {
	windows := fakeImage(t, "win:1", "windows/amd64")
	for _, test := range []struct {
		name      string
		edit      func(*plan)
		platforms []string
		problem   string
	}{
		{"the common platforms", func(*plan) {}, []string{"linux/amd64", "linux/arm64"}, ""},
		{"none in common", func(s *plan) { s.images["services.db.image"] = windows }, nil,
			"the images have no platform in common: docker.io/library/nginx:1.27 offers linux/amd64, linux/arm/v6, linux/arm64; docker.io/library/win:1 offers windows/amd64"},
		{"a missing platform", func(s *plan) { s.Platforms = []v1.Platform{{OS: "linux", Architecture: "s390x"}} }, nil,
			"images lack a platform: docker.io/library/nginx:1.27 has no linux/s390x: it offers linux/amd64, linux/arm/v6, linux/arm64; docker.io/library/postgres:17 has no linux/s390x: it offers linux/amd64, linux/arm64"},
		{"an older variant runs on a newer platform", func(s *plan) {
			s.images["services.db.image"] = fakeImage(t, "postgres:17", "linux/arm/v5")
			s.Platforms = []v1.Platform{{OS: "linux", Architecture: "arm", Variant: "v7"}}
		}, []string{"linux/arm/v7"}, ""},
		{"a newer variant does not run on an older platform", func(s *plan) { s.Platforms = []v1.Platform{{OS: "linux", Architecture: "arm", Variant: "v5"}} }, nil, "has no linux/arm/v5"},
		{"one image has an older variant, another only a newer one", func(s *plan) {
			s.images["services.web.image"] = fakeImage(t, "nginx:1.27", "linux/amd64", "linux/arm/v6")
			s.images["services.db.image"] = fakeImage(t, "postgres:17", "linux/amd64", "linux/arm/v7")
		}, []string{"linux/amd64", "linux/arm/v7"}, ""},
		{"a newer variant of one image is not a separate platform", func(s *plan) {
			s.images["services.web.image"] = fakeImage(t, "nginx:1.27", "linux/amd64", "linux/amd64/v3")
			s.images["services.db.image"] = fakeImage(t, "postgres:17", "linux/amd64")
		}, []string{"linux/amd64"}, ""},
		{"named twice", func(s *plan) {
			s.Platforms = []v1.Platform{{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "amd64"}}
		}, []string{"linux/amd64"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := shopPlan(t)
			test.edit(&plan)
			p, _, err := plan.build()
			if test.problem != "" {
				var platforms *PlatformError
				require.ErrorAs(t, err, &platforms)
				require.ErrorContains(t, err, test.problem)
				return
			}
			require.NoError(t, err)
			var got []string
			for _, c := range p.Compositions {
				if c.Platform != nil {
					got = append(got, c.Platform.String())
				}
			}
			require.Equal(t, test.platforms, got)
		})
	}
}

func TestLeftOutPlatforms(t *testing.T) {
	p := shopPlan(t)
	p.images["services.web.image"] = fakeImage(t, "nginx:1.27", "linux/amd64", "linux/amd64/v3", "linux/arm64", "linux/s390x", "linux/arm/v7")
	p.images["services.db.image"] = fakeImage(t, "postgres:17", "linux/amd64", "linux/s390x", "linux/arm/v6")
	_, spec, err := p.build()
	require.NoError(t, err)
	var left []string
	for _, l := range spec.LeftOut {
		left = append(left, l.String())
	}
	require.Equal(t, []string{
		"linux/arm/v6: docker.io/library/nginx:1.27 (linux/amd64, linux/amd64/v3, linux/arm/v7, linux/arm64, linux/s390x) does not offer it",
		"linux/arm64: docker.io/library/postgres:17 (linux/amd64, linux/arm/v6, linux/s390x) does not offer it",
	}, left)

	p.Platforms = []v1.Platform{{OS: "linux", Architecture: "amd64"}}
	_, spec, err = p.build()
	require.NoError(t, err)
	require.Empty(t, spec.LeftOut, "the other platforms were not selected")
}

func TestSingleManifestHasItsPlatform(t *testing.T) {
	p := shopPlan(t)
	p.images["services.db.image"] = fakeImage(t, "postgres:17", "linux/amd64")
	built, spec, err := p.build()
	require.NoError(t, err)
	require.True(t, spec.Single)
	read, err := Parse("registry.example.com/shop:1", built.Content())
	require.NoError(t, err)
	require.Equal(t, []v1.Platform{{OS: "linux", Architecture: "amd64"}}, read.Platforms())
	_, err = read.Select(v1.Platform{OS: "linux", Architecture: "amd64", Variant: "v2"})
	require.NoError(t, err)
	_, err = read.Select(v1.Platform{OS: "linux", Architecture: "arm64"})
	var missing *NotFoundError
	require.ErrorAs(t, err, &missing)
	require.ErrorContains(t, err, "has no composition for linux/arm64: it has linux/amd64")
}

func TestLegacyRejectsBundleAndSubject(t *testing.T) {
	bundle := shopPlan(t)
	bundle.Mode, bundle.Legacy = Bundled, true
	_, _, err := bundle.build()
	require.ErrorIs(t, err, ErrLegacy)

	attached := shopPlan(t)
	attachWeb(&attached)
	attached.Legacy = true
	_, _, err = attached.build()
	require.ErrorIs(t, err, ErrLegacy)
}
