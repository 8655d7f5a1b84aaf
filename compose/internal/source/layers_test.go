package source

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLayers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ content, want string }{
		"nothing to do":                      {"services: {}\n", "services: {}\n"},
		"a byte order mark":                  {"\ufeffservices: {}\n", "services: {}\n"},
		"a separator":                        {"---\nservices: {}\n", "#--\nservices: {}\n"},
		"comments before a separator":        {"# a\n\n--- # b\r\nservices: {}\n", "# a\n\n#-- # b\r\nservices: {}\n"},
		"both":                               {"\ufeff---\nservices: {}\n---\na: b\n", "#--\nservices: {}\n---\na: b\n"},
		"a directive":                        {"%YAML 1.2\n---\nservices: {}\n", "#YAML 1.2\n#--\nservices: {}\n"},
		"a document on the separator line":   {"--- {services: {}}\n", "    {services: {}}\n"},
		"a key that starts like a separator": {"---a: b\n", "---a: b\n"},
		"a separator further down":           {"a: b\n---\nc: d\n", "a: b\n---\nc: d\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after, _ := afterSeparator([]byte(test.content))
			require.Equal(t, test.want, string(after))
		})
	}
}
