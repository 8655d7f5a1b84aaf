package compose

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/ocompose/ocompose/compose/internal/variables"
	"github.com/ocompose/ocompose/internal/composetest"
)

// TestDockerComposeReadsPins compares Docker Compose's models of each example and of its pinned
// files, joined like the layers of an artifact.
func TestDockerComposeReadsPins(t *testing.T) {
	t.Parallel()
	for _, test := range slices.Concat(pinExamples, overrideExamples) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, names := test.layout(t)
			p := loadProject(t, dir, names, strings.Fields(test.env)...)
			judge := composetest.New(t)
			judge.Dir = dir
			judge.Env = strings.Fields(test.env)
			var args []string
			for _, name := range names {
				args = append(args, "-f", name)
			}
			original := configModel(t, judge, args...)
			for _, inPlace := range []bool{false, true} {
				pins := pinAll(p, inPlace)
				files, err := p.Pin(context.Background(), pins)
				require.NoError(t, err)
				var layers [][]byte
				for _, file := range files {
					if file.Kind == ComposeFile {
						layers = append(layers, file.Content)
					}
				}
				joined := filepath.Join(dir, "joined.yaml")
				require.NoError(t, os.WriteFile(joined, bytes.Join(layers, []byte("\n---\n")), 0o644))
				requireOnlyPinned(t, original, configModel(t, judge, "-f", joined), pins, variables.Marks{Open: "\uE000", Close: "\uE001"})
			}
		})
	}
}

func configModel(t *testing.T, judge *composetest.Compose, args ...string) map[string]any {
	t.Helper()
	var model map[string]any
	require.NoError(t, yaml.Unmarshal(judge.Config(append(args, "--profile", "*")...), &model))
	return model
}
