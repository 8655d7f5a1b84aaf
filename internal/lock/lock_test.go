package lock

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose"
)

const (
	one = "@sha256:1111111111111111111111111111111111111111111111111111111111111111"
	two = "@sha256:2222222222222222222222222222222222222222222222222222222222222222"
)

// shop is a project with a reference of each kind.
func shop() *compose.Project {
	return &compose.Project{Images: []compose.Image{
		{Path: "services.web.image", Service: "web", Ref: "nginx:1.27"},
		{Path: "services.web.pre_start.0.image", Service: "web", Ref: "init"},
	}}
}

func TestApply(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:\n"
	for name, test := range map[string]struct {
		lock   string
		want   []string
		unused []string
		errs   []string
	}{
		"ours": {
			lock: "services: {web: {image: 'nginx:1.27" + one + "', pre_start: !override [{image: 'init" + two + "'}]}}\n",
			want: []string{"nginx:1.27" + one, "init" + two},
		},
		"of Docker Compose, without the tag, and with the full name": {
			lock: "name: app\nservices: {web: {image: 'docker.io/library/nginx" + one + "', pre_start: [{image: 'docker.io/library/init" + two + "'}]}}\n",
			want: []string{"nginx:1.27" + one, "init" + two},
		},
		"of Docker Compose, without hooks": {
			lock: "services: {web: {image: 'nginx:1.27" + one + "'}}\n",
			errs: []string{"service web: init is not in the lock"},
		},
		"of Carvel, by id": {
			lock: head + "- {image: 'index.docker.io/library/nginx" + one + "', annotations: {kbld.carvel.dev/id: 'nginx:1.27'}}\n- image: index.docker.io/library/init" + two + "\n",
			want: []string{"nginx:1.27" + one, "init" + two},
		},
		"of Carvel, after a copy": {
			lock: head + "- {image: 'mirror.example.com/all" + one + "', annotations: {kbld.carvel.dev/id: 'nginx:1.27'}}\n" +
				"- {image: 'mirror.example.com/all" + two + "', annotations: {kbld.carvel.dev/id: 'docker.io/library/init'}}\n",
			want: []string{"nginx:1.27" + one, "init" + two},
		},
		"of Carvel, for another tag": {
			lock: head + "- {image: 'nginx" + one + "', annotations: {kbld.carvel.dev/id: 'nginx:1.26'}}\n- image: init" + two + "\n",
			errs: []string{"service web: nginx:1.27 is not in the lock"},
		},
		"for another image": {
			lock: "services: {web: {image: 'httpd:1.27" + one + "', pre_start: [{image: 'init" + two + "'}]}, db: {image: 'db" + one + "'}}\n",
			errs: []string{"service web runs nginx:1.27, but the lock has httpd:1.27@sha256:1"},
		},
		"unknown services": {
			lock:   "services: {web: {image: 'nginx:1.27" + one + "', pre_start: [{image: 'init" + two + "'}]}, db: {image: 'db" + one + "'}}\n",
			want:   []string{"nginx:1.27" + one, "init" + two},
			unused: []string{"services.db.image"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := Read(t.Context(), []byte(test.lock))
			require.NoError(t, err)
			project := shop()
			pinned, unused, err := l.Apply(project)
			require.Equal(t, shop(), project, "the project must not change")
			if len(test.errs) > 0 {
				var missing *MissingError
				require.ErrorAs(t, err, &missing)
				for _, reason := range test.errs {
					require.ErrorContains(t, err, reason)
				}
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.unused, unused)
			for i, want := range test.want {
				require.Equal(t, want, pinned.Images[i].Ref)
			}
		})
	}
}

// TestPinnedPlaces: a digest in the project must equal the one in the lock.
func TestPinnedPlaces(t *testing.T) {
	t.Parallel()
	l, err := Read(t.Context(), []byte("services: {web: {image: 'nginx"+one+"'}}\n"))
	require.NoError(t, err)
	for ref, fits := range map[string]bool{"nginx" + one: true, "nginx:1" + one: true, "nginx" + two: false, "": true} {
		_, _, err := l.Apply(&compose.Project{Images: []compose.Image{{Path: "services.web.image", Service: "web", Ref: ref}}})
		require.Equal(t, fits, err == nil, ref)
	}
}

func TestReadRejects(t *testing.T) {
	t.Parallel()
	for content, reason := range map[string]string{
		"":                                "",
		"services: {}":                    "",
		"services: {web: {image: nginx}}": `its image "nginx" has no digest`,
		"services: {web: {image: 'nginx@sha256:1'}}": "nginx@sha256:1",
		"[1, 2]": "",
		"kind: ImagesLock\napiVersion: v2\nimages: []":                                       `version "v2"`,
		"kind: ImagesLock\napiVersion: imgpkg.carvel.dev/v1alpha1\nimages: [{image: nginx}]": `its image "nginx" has no digest`,
		strings.Repeat("#", MaxSize+1):                                                       "more than",
	} {
		_, err := Read(t.Context(), []byte(content))
		require.Error(t, err, content[:min(len(content), 40)])
		require.ErrorContains(t, err, reason)
	}
}

// TestImagesLock compares the exact format, and reads it back.
func TestImagesLock(t *testing.T) {
	t.Parallel()
	project := shop()
	project.Images = append(project.Images, compose.Image{Path: "services.b.image", Service: "b", Ref: "nginx:1.27"})
	content, err := ImagesLock(project, compose.Pins{
		"services.web.image": {Ref: "nginx:1.27" + one}, "services.web.pre_start.0.image": {Ref: "init" + two}, "services.b.image": {Ref: "nginx:1.27" + one},
	})
	require.NoError(t, err)
	require.Equal(t, `apiVersion: imgpkg.carvel.dev/v1alpha1
kind: ImagesLock
images:
  - image: index.docker.io/library/init`+two+`
    annotations:
      kbld.carvel.dev/id: init
  - image: index.docker.io/library/nginx`+one+`
    annotations:
      kbld.carvel.dev/id: nginx:1.27
`, string(content))
	l, err := Read(t.Context(), content)
	require.NoError(t, err)
	pinned, unused, err := l.Apply(project)
	require.NoError(t, err)
	require.Empty(t, unused)
	require.Equal(t, "nginx:1.27"+one, pinned.Images[2].Ref)
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("services: {web: {image: 'nginx:1.27" + one + "', pre_start: !override [{image: 'init" + two + "'}]}}\n"))
	f.Add([]byte("apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages: [{image: 'nginx" + one + "', annotations: {kbld.carvel.dev/id: nginx}}]\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		l, err := Read(t.Context(), content)
		if err != nil {
			return
		}
		if pinned, _, err := l.Apply(shop()); err == nil {
			for _, place := range pinned.Images {
				require.Contains(t, place.Ref, "@sha")
			}
		}
	})
}
