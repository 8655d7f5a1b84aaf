package compose

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/source"
)

// TestExportedConstants compares the exported constants with those of the internal packages.
func TestExportedConstants(t *testing.T) {
	t.Parallel()
	require.Equal(t, source.PinsName, PinsFile)
	for public, inside := range map[Problem]problem.Kind{
		ProblemSyntax: problem.Syntax, ProblemVariable: problem.Variable, ProblemEnvFile: problem.EnvFile, ProblemFile: problem.File,
		ProblemSecret: problem.Secret, ProblemImage: problem.Image, ProblemNoProject: problem.NoProject,
	} {
		require.Equal(t, string(inside), string(public))
	}
}

// TestPublicErrors converts errors of the internal packages: wrapped errors keep their text, and
// errors.As finds the exported types.
func TestPublicErrors(t *testing.T) {
	t.Parallel()
	inner := &problem.Error{Kind: problem.File, Service: "web", Position: problem.Position{File: "a.yaml", Line: 3}, Reason: "why", Err: errors.New("cause")}
	other := errors.New("other")
	for name, err := range map[string]error{
		"alone":    inner,
		"wrapped":  fmt.Errorf("doing: %w", inner),
		"joined":   errors.Join(other, inner),
		"both":     fmt.Errorf("doing: %w", errors.Join(inner, fmt.Errorf("more: %w", inner))),
		"a cause":  &problem.Error{Reason: "outer", Err: inner},
		"in a %w%": fmt.Errorf("doing: %w: %w", other, inner),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			converted := public(err)
			require.EqualError(t, converted, err.Error())
			require.Len(t, Errors(converted), len(problem.All(err)))
			var inside *problem.Error
			require.NotErrorAs(t, converted, &inside)
		})
	}
	require.NoError(t, public(nil))
	require.Equal(t, other, public(other))
}
