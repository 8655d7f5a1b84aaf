package pinning

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A comment that the parser gives to another node once a value is one line, for instance,
// takes only that value out of the edits.
func TestRewritable(t *testing.T) {
	t.Parallel()
	content := []byte("a: {image: one}\nb: {image: two}\nc: {image: three}\nd: {image: &x four}\ne: {image: *x}\n")
	same := func(s string) string { return s }
	find := func() []*candidate { return findCandidates(0, content, same) }
	require.Len(t, find(), 5)

	trials := maxTrials
	require.Len(t, rewritable(content, find(), &trials), 5)
	require.Equal(t, maxTrials-1, trials)

	broken := find()
	broken[1].span.End += 3
	trials = maxTrials
	left := rewritable(content, broken, &trials)
	require.Len(t, left, 4)
	require.NotContains(t, left, broken[1])

	trials = 0
	require.Empty(t, rewritable(content, find(), &trials))

	anchored := find()
	for _, c := range anchored {
		if strings.HasPrefix(string(content[c.span.Start:]), "four") {
			c.span.End++
			trials = maxTrials
			require.Len(t, rewritable(content, anchored, &trials), 4)
			require.Nil(t, c.aliases[0].anchor, "the alias is on its own")
		}
	}
}
