package repotest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	readVariable  = regexp.MustCompile(`(?:[gG]etenv|LookupEnv|orHome|userDir)\("([A-Za-z_]+)"|\b[eE]nv(?:ironment)?\["([A-Z_]+)"\]`)
	namedVariable = regexp.MustCompile("`([A-Z][A-Za-z_]+)`")
	proxyVariable = regexp.MustCompile(`"(HTTPS?_PROXY)"`)
)

// ofLibraries are variables that the standard library and Docker's packages read.
var ofLibraries = []string{"DOCKER_AUTH_CONFIG", "HOME", "PATH", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR", "DOCKER_CLI_PLUGIN_SOCKET"}

// TestEnvironmentIsDocumented compares docs/environment.md with the source: its tables have
// exactly the variables that the program reads.
func TestEnvironmentIsDocumented(t *testing.T) {
	t.Parallel()
	var documented []string
	read := slices.Clone(ofLibraries)
	for _, f := range files(t) {
		switch {
		case f.path == "docs/environment.md":
			for line := range strings.Lines(f.content) {
				if cell, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | "); ok && strings.HasPrefix(line, "| `") {
					for _, match := range namedVariable.FindAllStringSubmatch(cell, -1) {
						documented = append(documented, match[1])
					}
				}
			}
		case f.production() && isOfProgram(f.path):
			for _, pattern := range []*regexp.Regexp{readVariable, proxyVariable} {
				for _, match := range pattern.FindAllStringSubmatch(f.content, -1) {
					read = append(read, strings.Join(match[1:], ""))
				}
			}
		}
	}
	slices.Sort(read)
	slices.Sort(documented)
	require.Equal(t, slices.Compact(read), slices.Compact(documented))
}

// isOfProgram reports whether a file is part of the released program.
func isOfProgram(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasSuffix(part, "test") || part == "hack" || part == "examples" {
			return false
		}
	}
	return true
}
