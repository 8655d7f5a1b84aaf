package marks

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTake(t *testing.T) {
	t.Parallel()
	var private strings.Builder
	for c := rune(0xE000); c <= 0xF8FF; c++ {
		private.WriteRune(c)
	}
	for name, test := range map[string]struct {
		inputs []string
		want   []string
	}{
		"nothing":                {nil, []string{"\uE000", "\uE001"}},
		"text of other scripts":  {[]string{"äß日本語 😀"}, []string{"\uE000", "\uE001"}},
		"some":                   {[]string{"a\uE000b", "\uE002"}, []string{"\uE001", "\uE003"}},
		"all of the basic plane": {[]string{private.String()}, []string{"\U000F0000", "\U000F0001"}},
		"the first byte of a private-use character": {[]string{"a\xee"}, []string{"\uF000", "\uF001"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s Set
			s.Add(test.inputs...)
			got, err := s.Take(2)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			more, err := s.Take(1)
			require.NoError(t, err)
			require.NotContains(t, got, more[0], "taken twice")
		})
	}
}

func TestTakeFails(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, r := range ranges {
		for c := r[0]; c <= r[1]; c++ {
			all.WriteRune(c)
		}
	}
	var s Set
	s.Add(all.String())
	_, err := s.Take(1)
	require.ErrorContains(t, err, "too many different characters")
}
