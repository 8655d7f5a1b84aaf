package compose

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGivenImages: --image selects a service, an image of services, or all built services.
func TestGivenImages(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": "services:\n" +
		"  api: {build: ./api}\n" +
		"  app: {build: ., image: shop-app}\n" +
		"  worker: {image: shop-app}\n" +
		"  db: {image: postgres}\n" +
		"  odd: {image: 'odd:$TAG'}\n"})
	for name, test := range map[string]struct {
		given map[string]string
		want  map[string]string
		errs  []string
	}{
		"services": {
			given: map[string]string{"api": "r/api", "worker": "r/w", "odd": "r/odd"},
			want:  map[string]string{"api": "r/api", "app": "shop-app", "worker": "r/w", "db": "postgres", "odd": "r/odd"},
		},
		"an image": {
			given: map[string]string{"shop-app": "r/app:1", "odd": "r/odd", "api": "r/api"},
			want:  map[string]string{"api": "r/api", "app": "r/app:1", "worker": "r/app:1", "db": "postgres", "odd": "r/odd"},
		},
		"all built services": {
			given: map[string]string{"*": "r/{service}:1", "odd": "r/odd"},
			want:  map[string]string{"api": "r/api:1", "app": "r/app:1", "worker": "r/app:1", "db": "postgres", "odd": "r/odd"},
		},
		"a service has precedence over all": {
			given: map[string]string{"*": "r/{service}:1", "worker": "r/w", "shop-app": "r/s", "odd": "r/odd"},
			want:  map[string]string{"api": "r/api:1", "app": "r/s", "worker": "r/w", "db": "postgres", "odd": "r/odd"},
		},
		"no match": {
			given: map[string]string{"mysql": "r/a", "odd": "r/odd"},
			errs:  []string{`an image is given for "mysql", which is neither a service nor the image of one (services: api, app, db, odd, worker)`},
		},
		"one image for all": {
			given: map[string]string{"*": "r/a", "odd": "r/odd"},
			errs:  []string{`an image is given for all services that are built, but "r/a" does not contain {service}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Load(t.Context(), Options{WorkDir: dir, Images: test.given})
			var errs []string
			for _, e := range Errors(err) {
				errs = append(errs, e.Error())
			}
			require.Equal(t, test.errs, errs)
			if err != nil {
				return
			}
			got := map[string]string{}
			for _, image := range p.Images {
				got[image.Service] = image.Ref
				require.Equal(t, image.Service != "db" && image.Service != "odd", image.Built, image.Service)
			}
			require.Equal(t, test.want, got)
		})
	}
}

// TestPullPolicyWarning: a warning names the overridden policies.
func TestPullPolicyWarning(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": "services:\n  a: {image: a, pull_policy: never}\n  b: {image: b, pull_policy: build, build: .}\n  c: {image: c, pull_policy: always}\n"})
	p, err := Load(t.Context(), Options{WorkDir: dir})
	require.NoError(t, err)
	require.Equal(t, []string{"pull_policy is changed to missing, so that pinned images are pulled, for a, b"}, p.Warnings)
}
