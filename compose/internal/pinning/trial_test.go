package pinning

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// TestTrials omits only the values that can't be edited.
func TestTrials(t *testing.T) {
	t.Parallel()
	content := []byte("a: {image: one}\nb: {image: two}\nc: {image: three}\nd: {image: &x four}\ne: {image: *x}\n")
	documents, err := yamlnode.Parse(t.Context(), content)
	require.NoError(t, err)
	find := func() (*trials, []*candidate) {
		file := NewFile("compose.yaml", content, documents)
		return &trials{ctx: context.Background(), file: file, left: maxTrials}, file.candidates
	}
	tries, all := find()
	require.Len(t, all, 5)
	require.Len(t, tries.editable(all), 5)
	require.Equal(t, maxTrials-1, tries.left)

	tries, all = find()
	all[1].span.End += 3
	left := tries.editable(all)
	require.Len(t, left, 4)
	require.NotContains(t, left, all[1])

	tries, all = find()
	tries.left = 0
	require.Empty(t, tries.editable(all))

	tries, all = find()
	for _, c := range all {
		if strings.HasPrefix(string(content[c.span.Start:]), "four") {
			c.span.End++
			require.Len(t, tries.editable(all), 4)
			require.Nil(t, c.aliases[0].anchor, "the alias has no anchor")
		}
	}
}
