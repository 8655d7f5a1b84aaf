package yamlnode

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestParseBoundsMemory: a file of many small values, in any YAML style, is rejected before it
// takes hundreds of bytes for each. A long text is accepted.
func TestParseBoundsMemory(t *testing.T) {
	t.Parallel()
	const n = maxSeparators + 1
	for name, content := range map[string]string{
		"a block list": "a:\n" + strings.Repeat("- b\n", n),
		"a flow list":  "a: [" + strings.Repeat("b,", n) + "]",
		"a mapping":    strings.Repeat("a: b\n", n/2+1),
		"documents":    strings.Repeat("---\n", n/4+1),
		"nested lists": strings.Repeat("[", n),
		"nested items": strings.Repeat("- ", n),
		"complex keys": strings.Repeat("? ", n),
		"Mac lines":    strings.Repeat("a\r", n),
	} {
		_, err := Parse(t.Context(), []byte(content))
		require.ErrorContains(t, err, "more than 750000 commas", name)
	}
	_, err := Parse(t.Context(), []byte("a: |\n  "+strings.Repeat("text ", n)))
	require.NoError(t, err)
}
