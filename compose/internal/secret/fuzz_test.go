package secret

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"
)

// FuzzFile: for any file, the scan ends, positions are inside the file, and a token on a separate
// line is found.
func FuzzFile(f *testing.F) {
	for _, name := range []string{"a.env", "a.yaml", "a.php", "README.md", "key", "store.p12"} {
		f.Add(name, "PASSWORD='a\"b # c\nurl: http://a:b@c\n{\"auth\": \"YTpi\"}\n-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEAtxQ9Fh3k\n")
		f.Add(name, "\xff\xfeP\x00W\x00D\x00=\x00k\x00")
	}
	token := made("glpat-", strings.Repeat("xY7", 8))
	f.Fuzz(func(t *testing.T, name, text string) {
		finder := NewFinder("web")
		finder.File(name, []byte(text))
		for _, found := range finder.Findings() {
			require.Equal(t, name, found.At.File)
			require.LessOrEqual(t, found.At.Line, strings.Count(text, "\n")+1+len(text)/2)
		}
		if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") || keyStores[strings.ToLower(name[max(0, strings.LastIndex(name, ".")):])] {
			return
		}
		finder = NewFinder()
		finder.File(name, []byte(text+"\n"+token+"\n"))
		line := strings.Count(text, "\n") + 2
		for _, found := range finder.Findings() {
			if found.At.Line == line && found.Certainty == Known {
				return
			}
		}
		t.Fatalf("the token in line %d is not found", line)
	})
}

// FuzzDocument: for any Compose file, the scan ends.
func FuzzDocument(f *testing.F) {
	f.Add("services: {web: {environment: [PASSWORD=x], command: --token a}}\nx: &a {<<: *a}\n")
	f.Fuzz(func(_ *testing.T, text string) {
		var document yaml.Node
		if yaml.Unmarshal([]byte(text), &document) != nil {
			return
		}
		finder := NewFinder()
		finder.Document("compose.yaml", &document)
		finder.Comments("compose.yaml", []byte(text))
		Allowed{}.Judge(finder.Findings())
	})
}
