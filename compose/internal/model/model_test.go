package model

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestKey(t *testing.T) {
	t.Parallel()
	paths := []Path{
		nil, {"a"}, {"a", "b"}, {"ab"}, {"a", 1}, {"a1"}, {"a", "1"}, {"a", 1, "b"}, {"a", 11}, {"a\x00", "b"}, {"a", "\x00b"}, {"1:a"}, {"a", "#1,"}, {""}, {"", ""},
	}
	for _, p := range paths {
		for _, q := range paths {
			below := len(q) >= len(p) && strings.Join([]string{q[:len(p)].Key()}, "") == p.Key()
			require.Equal(t, below, strings.HasPrefix(q.Key(), p.Key()), "%q %q", p, q)
			require.Equal(t, len(p) == len(q) && below, p.Key() == q.Key(), "%q %q", p, q)
		}
	}
	require.Equal(t, "a.1.b", Path{"a", 1, "b"}.String())
}

func TestJoinSharesNothing(t *testing.T) {
	t.Parallel()
	p := append(make(Path, 0, 8), "a")
	same, b, c := p.Join(), p.Join("b"), p.Join("c")
	_ = append(p, "d")
	require.Equal(t, []Path{{"a"}, {"a", "b"}, {"a", "c"}}, []Path{same[:1], b, c})
	_ = append(same, "x")
	require.Equal(t, Path{"a", "d"}, p[:2], "Join must copy")
}

func TestGetAndSet(t *testing.T) {
	t.Parallel()
	tree := map[string]any{"a": []any{map[string]any{"b": "c"}}}
	text, ok := Text(tree, Path{"a", 0, "b"})
	require.True(t, ok)
	require.Equal(t, "c", text)
	for _, p := range []Path{{"a", 1}, {"a", "b"}, {"b", 0}, {"a", 0, "b", "c"}} {
		require.Nil(t, Get(tree, p), "%v", p)
	}
	Set(tree, Path{"a", 0, "b"}, "d")
	Set(tree, Path{"x", "y"}, 1)
	Set(tree, Path{"a", 7}, "nowhere")
	Set(tree, Path{"a", "b"}, "nowhere")
	require.Equal(t, map[string]any{"a": []any{map[string]any{"b": "d"}}, "x": map[string]any{"y": 1}}, tree)
}

func TestDifference(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, test := range []struct {
		a, b any
		want string
	}{
		{map[string]any{"a": 1}, map[string]any{"a": int64(1)}, ""},
		{map[string]any{"a": 1}, map[string]any{"a": "1"}, "a"},
		{map[string]any{"a": float32(1)}, map[string]any{"a": float64(1)}, ""},
		{map[string]any{"a": math.NaN()}, map[string]any{"a": math.NaN()}, ""},
		{map[string]any{"a": now}, map[string]any{"a": now.UTC()}, ""},
		{map[string]any{"a": true}, map[string]any{"a": false}, "a"},
		{map[string]any{"a": nil}, map[string]any{}, ""},
		{map[string]any{"a": map[string]any{}}, map[string]any{}, ""},
		{map[string]any{"a": map[string]any{"b": 1}}, map[string]any{}, "a.b"},
		{map[string]any{"a": []any{1, 2}}, map[string]any{"a": []any{1, 3}}, "a.1"},
		{map[string]any{"a": []any{1}}, map[string]any{"a": []any{1, 2}}, "a"},
		{map[string]any{"a": []any{}}, map[string]any{"a": map[string]any{}}, "a"},
		{map[string]any{}, map[string]any{"ignored": 1}, ""},
	} {
		at, differs := Difference(test.a, test.b, func(p Path, _, _ any) bool { return p.String() == "ignored" })
		require.Equal(t, test.want, at.String(), "%v %v", test.a, test.b)
		require.Equal(t, test.want != "", differs)
	}
}
