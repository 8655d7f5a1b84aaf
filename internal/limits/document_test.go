package limits

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDocument: docs/limits.md has each limit with its value.
func TestDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/limits.md")
	require.NoError(t, err)
	files := token.NewFileSet()
	source, err := parser.ParseFile(files, "limits.go", nil, 0)
	require.NoError(t, err)
	found := 0
	ast.Inspect(source, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		found++
		value, err := types.Eval(files, nil, token.NoPos, types.ExprString(spec.Values[0]))
		require.NoError(t, err)
		number, exact := constant.Int64Val(value.Value)
		require.True(t, exact)
		require.Contains(t, string(document), fmt.Sprintf("| %s | `%s` |", written(number), spec.Names[0]))
		return true
	})
	require.Positive(t, found)
}

// written formats a number as in documents.
func written(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(16<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	case n >= 1000:
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	default:
		return fmt.Sprint(n)
	}
}
