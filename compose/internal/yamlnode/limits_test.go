package yamlnode

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"a: &a {b: 1}\nc: *a":       "",
		"a: &a\n  b: &b 1\n  c: *b": "",
		"a: &a\n  <<: *a":           "line 2: an alias is inside the node that it refers to",
		"a: &a\n  <<: *a\n\x7f: b":  "line 2: an alias is inside the node that it refers to",
		"a: &a\n- b:\n  - *a":       "line 3: an alias is inside the node that it refers to",
	} {
		documents, err := Parse(t.Context(), []byte(content))
		require.NoError(t, err, content)
		err = Check(documents)
		if want == "" {
			require.NoError(t, err, content)
		} else {
			require.EqualError(t, err, want, content)
		}
	}
}
