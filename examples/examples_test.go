// Package examples_test checks the examples with Docker Compose.
package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/composetest"
)

// required are the variables that must be set at deployment.
var required = []string{"DB_PASSWORD=x", "ENCRYPTION_KEY=x"}

func TestExamples(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("*/compose.yaml")
	require.NoError(t, err)
	require.Len(t, dirs, 3)
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			c := composetest.New(t)
			c.Dir = dir
			c.Env = append([]string{"REGISTRY=mirror.example.com"}, required...)
			c.Config("--profile", "*")
			images := c.Images("--profile", "*")
			require.GreaterOrEqual(t, len(images), 4)
			for _, image := range images {
				require.Regexp(t, `^mirror\.example\.com/[a-z0-9/-]+:[^:]+$`, image, "from a mirror")
			}
		})
	}
}

// TestReadmesNameTheVariables: each variable of an example is in its README.
func TestReadmesNameTheVariables(t *testing.T) {
	t.Parallel()
	variable := regexp.MustCompile(`\$\{([A-Z_]+)`)
	files, err := filepath.Glob("*/compose*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		readme, err := os.ReadFile(filepath.Join(filepath.Dir(file), "README.md"))
		require.NoError(t, err)
		for _, match := range variable.FindAllStringSubmatch(string(content), -1) {
			require.Regexp(t, "`"+match[1]+"`", string(readme), "%s uses the variable", file)
		}
	}
}
