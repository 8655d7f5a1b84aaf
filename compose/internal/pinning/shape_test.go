package pinning

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/marks"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

func TestShape(t *testing.T) {
	t.Parallel()
	var inputs marks.Set
	m, err := loading.NewMarks(&inputs)
	require.NoError(t, err)
	content := []byte("services: {a: {image: 'old@${D}'}}\n---\nservices: {a: {image: new}}\n")
	documents, err := yamlnode.Parse(t.Context(), content)
	require.NoError(t, err)
	model, err := loading.Load(t.Context(), loading.Input{Dir: "/app", Name: "app", Env: map[string]string{"D": "sha256:00"}, Marks: m,
		Files: []loading.File{{Path: "/app/compose.yaml", Content: content, Documents: documents}}}, loading.Options{Trace: true})
	require.NoError(t, err)
	p := &Pinner{Project: Project{Model: model}}
	shape := func(refs ...string) string {
		targets := make([]target, len(refs))
		for i, ref := range refs {
			ref, inPlace := strings.CutSuffix(ref, "!")
			targets[i] = target{pin: Pin{Ref: ref, InPlace: inPlace}}
		}
		s, ok := p.shape(targets)
		if !ok {
			return "alone"
		}
		return s
	}
	const a, b, c = "a@sha256:01", "localhost:5000/b:1.2@sha256:02", "c@sha256:03"
	require.Equal(t, shape(a, b), shape(b, c))
	require.Equal(t, shape(a, a, b), shape(c, c, a))
	require.NotEqual(t, shape(a, a), shape(a, b), "equal references must not be merged")
	require.NotEqual(t, shape(a, b, a), shape(a, b, b))
	require.NotEqual(t, shape(a+"!"), shape(a), "edits are not overrides")
	for _, ref := range []string{"old@sha256:00", "nginx", "nginx:1.27", "a@sha256:$x", "[::1]/a@sha256:00", "a b@sha256:00", "a\n@sha256:00", "-a@sha256:00", "a: b@sha256:00", "@sha256:00", "a@sha256:00 "} {
		require.Equal(t, "alone", shape(a, ref), "%q", ref)
	}
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"services:\n  a:\n    image: x@sha256:00\n": "services.a.image=x@sha256:00",
		"models: {m: {model: x}}":                   "models.m.model=x",
		"jobs: {j: {'image': \"x\"}}":               "jobs.j.image=x",
		"":                                          "",
		"{}":                                        "",
		"a: b":                                      "",
		"services: {}":                              "",
		"services: {a: {}}":                         "",
		"services: {a: null}":                       "",
		"services: {a: {image: x, init: true}}":     "",
		"services: {a: {image: x}}\nx-a: b":         "",
		"services: {a: {image: x}}\n---\nservices: {}":        "",
		"services: {a: {image: $X}}":                          "",
		"services: {a: {image: }}":                            "",
		"services: {a: {image: 1}}":                           "",
		"services: {a: {image: !reset x}}":                    "",
		"services: !override {a: {image: x}}":                 "",
		"services: {a: !reset {image: x}}":                    "",
		"services: {a: &a {image: x}, b: *a}":                 "",
		"services: {a: {<<: {image: x}}}":                     "",
		"services: {a: {image: &x y}}":                        "",
		"services: {a: {image: x}, a: {image: y}}":            "",
		"services: {a: {model: x}}":                           "",
		"models: {m: {image: x}}":                             "",
		"services: {a: {pre_start: !override [{image: x}]}}":  "",
		"volumes: {a: {image: x}}":                            "",
		"services: {1: {image: x}}":                           "",
		"services:\n  a: {image: x}\ninclude: [{image: x}]\n": "",
	} {
		documents, err := yamlnode.Parse(t.Context(), []byte(content))
		require.NoError(t, err, content)
		got := ""
		overrides, ok := Overrides(documents)
		for _, o := range overrides {
			got += o.At.String() + "=" + o.Ref
		}
		require.Equal(t, want != "", ok, content)
		if ok {
			require.Equal(t, want, got, content)
		}
	}
}
