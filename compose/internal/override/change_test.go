package override

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/marks"
	"github.com/ocompose/ocompose/compose/internal/model"
)

func TestChanges(t *testing.T) {
	t.Parallel()
	chosen, err := loading.NewMarks(&marks.Set{})
	require.NoError(t, err)
	in := loading.Input{Dir: "/p", Name: "p", Marks: chosen, Files: []loading.File{{Path: "/p/compose.yaml", Content: []byte(`services:
  web:
    image: a
    volumes: [{type: bind, source: ./a, target: /a}, {type: volume, source: vol, target: /v}, {type: bind, source: "./$$b", target: /b}]
    env_file: [{path: x.env, required: true}]
volumes: {vol: {}}
`)}}}
	m, err := loading.Load(t.Context(), in, loading.Options{Trace: true})
	require.NoError(t, err)
	volumes := model.Path{"services", "web", "volumes"}
	c := &Copier{Model: m, Marks: chosen.Unset, Interpolate: func(text string) string { return text }}
	root, changed := Changes(c, []Change{
		{At: volumes.Join(0), How: Drop},
		{At: volumes.Join(2, "source"), Value: "./$c"},
		{At: volumes, How: Add, Value: map[string]any{"type": "tmpfs", "target": "/x"}, Written: map[string]any{"type": "tmpfs", "target": "${X:-/x}"}},
		{At: model.Path{"services", "web", "configs"}, How: Add, Value: map[string]any{"source": "c"}},
		{At: model.Path{"configs", "c"}, Value: map[string]any{"content": "$x"}},
		{At: model.Path{"services", "web", "env_file", 0, "required"}, Value: false},
	})
	content, err := Encode(root)
	require.NoError(t, err)
	require.Equal(t, `configs:
  c:
    content: $$x
services:
  web:
    configs: !override
      - source: c
    env_file: !override
      - path: x.env
        required: false
    volumes: !override
      - source: vol
        target: /v
        type: volume
      - source: ./$$c
        target: /b
        type: bind
      - target: ${X:-/x}
        type: tmpfs
`, string(content))
	in.Files = append(in.Files, loading.File{Path: "/p/o.yaml", Content: content})
	again, err := loading.Load(t.Context(), in, loading.Options{})
	require.NoError(t, err)
	at, differs := model.Difference(changed, again.Tree, func(model.Path, any, any) bool { return false })
	require.False(t, differs, "%v", at)
	require.Len(t, model.Get(m.Tree, volumes), 3, "the model must not change")
}
