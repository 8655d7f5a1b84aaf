package secret

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLongTexts: the time grows linearly with the length of a text, for any repeated part. If it
// were quadratic, a case would take minutes.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	for _, part := range []string{
		"a", "1", "\n", "-1", "sk-", "xoxb-", " ghp_aaaa", "/eyJhIjoi", "eyJaaaaaaaa.", " SG.aaaaaaaaaaaaaaaa",
		"http://a:b", "a://b:c", `{"a":"b"},`, `"auth":"YTpi`, `"password":"k39fm",`,
		"-----BEGIN PRIVATE KEY-----", "LS0tLS1CRUdJTi", "authorization: basic YTpiYTpi", "glpat-xY7xY7xY7xY7xY7xY7xY7 ",
	} {
		text := strings.Repeat(part, 512<<10/len(part))
		for _, name := range []string{"a.conf", "a.md"} {
			f := NewFinder("web")
			f.File(name, []byte(text))
			require.LessOrEqual(t, len(f.Findings()), 1, "%q in one line", part)
		}
	}
}
