package repotest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// public are the packages that other programs can import.
var public = []string{"compose", "referrers"}

// TestPublicPackagesNameNoInternalTypes: other modules can't use a signature with a type of an
// internal package.
func TestPublicPackagesNameNoInternalTypes(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, f := range files(t) {
		if f.production() && slices.Contains(public, path.Dir(f.path)) {
			checked++
			require.Empty(t, internalNames(t, f.content), f.path)
		}
	}
	require.NotZero(t, checked)
}

// TestInternalNamesAreFound tests the check above.
func TestInternalNamesAreFound(t *testing.T) {
	t.Parallel()
	const source = `package p

import (
	"example.org/m/internal/a"
	b "example.org/m/internal/c"
	"example.org/m/d"
)

type Exported struct {
	Field a.One
	hidden a.Two
}

type hidden struct{ Field a.Three }

type Option func(*b.Four)

func (Exported) Method(x []b.Five) (d.Fine, error) { var _ a.Six; return d.Fine{}, nil }

func (hidden) Method(a.Seven) {}

func unexported(a.Eight) {}

type Interface interface{ Do(map[string]a.Nine) }

var Variable a.Ten
`
	require.Equal(t, []string{"a.One", "b.Four", "b.Five", "a.Nine", "a.Ten"}, internalNames(t, source))
}

// internalNames are the names of internal packages in the exported declarations of a file.
func internalNames(t *testing.T, source string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	require.NoError(t, err)
	internal := map[string]bool{}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		if !strings.Contains("/"+imported+"/", "/internal/") {
			continue
		}
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		internal[name] = true
	}
	var found []string
	for _, decl := range parsed.Decls {
		for _, n := range exportedTypes(decl) {
			ast.Inspect(n, func(n ast.Node) bool {
				if selector, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := selector.X.(*ast.Ident); ok && internal[x.Name] {
						found = append(found, x.Name+"."+selector.Sel.Name)
					}
				}
				return true
			})
		}
	}
	return found
}

// exportedTypes are the type expressions of a declaration that other packages see.
func exportedTypes(decl ast.Decl) []ast.Node {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Name.IsExported() && (decl.Recv == nil || ast.IsExported(receiver(decl))) {
			return []ast.Node{decl.Type}
		}
	case *ast.GenDecl:
		var out []ast.Node
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() {
					out = append(out, shownParts(spec.Type)...)
				}
			case *ast.ValueSpec:
				if spec.Type != nil && slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported) {
					out = append(out, spec.Type)
				}
			}
		}
		return out
	}
	return nil
}

// shownParts are the parts of a type that other packages see: of a struct, the exported and
// embedded fields.
func shownParts(expr ast.Expr) []ast.Node {
	s, ok := expr.(*ast.StructType)
	if !ok {
		return []ast.Node{expr}
	}
	var out []ast.Node
	for _, field := range s.Fields.List {
		if len(field.Names) == 0 || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) {
			out = append(out, field.Type)
		}
	}
	return out
}

// receiver returns the name of a method's receiver type, or "" for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	if name, ok := typ.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}
