package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// longest is how many lines a file of the program may have; most have under
// 200. A longer one has more than one purpose.
const longest = 400

// vague names say that something has no purpose of its own.
var vague = regexp.MustCompile(`(?i)(^|[/_.-])(utils?|common|helpers?|managers?|misc)([/_.-]|$)`)

// strangers are words that tell of the machine or the service that a change
// was made with, and mean nothing to anyone else.
var strangers = map[string]*regexp.Regexp{
	"a package registry's host": regexp.MustCompile(`(?i)\b(proxy|sum)\.golang\.` + `org\b|\bregistry\.npmjs\.` + `org\b|\bdeb\.debian\.` + `org\b|\bGOPROXY` + `=`),
	"a path of one machine":     regexp.MustCompile(`(?m)(^|[\s"'=(:,` + "`" + `])/(work|root/go|root/\.cache|home/[a-z]+/go)/`),
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		require.False(t, strings.HasSuffix(f.path, ".go") && vague.MatchString(f.path), "%s: name it after what is in it", f.path)
	}
	for name, want := range map[string]bool{
		"internal/util/x.go": true, "compose/helpers_test.go": true, "common.go": true,
		"compose/utility.go": false, "registry/uncommon.go": false,
	} {
		require.Equal(t, want, vague.MatchString(name), name)
	}
}

func TestFileLengths(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		if f.production() {
			require.LessOrEqual(t, strings.Count(f.content, "\n"), longest, "%s is too long to have one purpose", f.path)
		}
	}
}

func TestStrangeWords(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		for what, pattern := range strangers {
			if at := pattern.FindStringIndex(f.content); at != nil {
				line := 1 + strings.Count(f.content[:at[1]], "\n")
				t.Errorf("%s:%d: %s: %q", f.path, line, what, f.content[at[0]:at[1]])
			}
		}
	}
	for _, line := range []string{
		"GOFLAGS= GOPROXY" + "=off go test",
		"https://proxy.golang." + "org/x",
		`path := "/` + `work/main"`,
		"see /" + "root/go/pkg",
	} {
		found := false
		for _, pattern := range strangers {
			found = found || pattern.MatchString(line)
		}
		require.True(t, found, line)
	}
}

// TestPackagesSayWhyTheyExist: a reader finds each package's purpose in its
// package comment.
func TestPackagesSayWhyTheyExist(t *testing.T) {
	t.Parallel()
	doc := map[string]string{}
	for _, f := range files(t) {
		if !f.production() {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.path, f.content, parser.PackageClauseOnly|parser.ParseComments)
		require.NoError(t, err)
		doc[path.Dir(f.path)] += parsed.Doc.Text()
	}
	for dir, text := range doc {
		require.NotEmpty(t, text, "package %s has no package comment", dir)
	}
}

// wellKnown methods need no words: the interface that they implement has them.
var wellKnown = map[string]bool{"Error": true, "Unwrap": true, "Is": true, "As": true, "String": true}

// TestExportedNamesAreExplained: what another package can use, and what a
// reader finds in the documentation, says what it is.
func TestExportedNamesAreExplained(t *testing.T) {
	t.Parallel()
	var bare []string
	for _, f := range files(t) {
		if f.production() {
			bare = append(bare, unexplained(t, f)...)
		}
	}
	require.Empty(t, bare)
	require.Equal(t, []string{"x.go: Bare", "x.go: T.Bare", "x.go: B"}, unexplained(t, file{"x.go", `package x
func Bare() {}
// T is explained.
type T struct{}
func (T) Bare() {}
func (T) Error() string { return "" }
func (t hidden) Fine() {}
type hidden int
// The group is explained.
const (
	A = 1
)
var B, c = 1, 2
`}))
}

func unexplained(t *testing.T, f file) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), f.path, f.content, parser.ParseComments|parser.SkipObjectResolution)
	require.NoError(t, err)
	var bare []string
	note := func(explained bool, names ...string) {
		for _, name := range names {
			if last := name[strings.LastIndexByte(name, '.')+1:]; !explained && ast.IsExported(name) && ast.IsExported(last) {
				bare = append(bare, f.path+": "+name)
			}
		}
	}
	for _, decl := range parsed.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			method := decl.Recv != nil
			note(decl.Doc != nil || method && wellKnown[decl.Name.Name], receiver(decl)+decl.Name.Name)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					note(decl.Doc != nil || spec.Doc != nil, spec.Name.Name)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						note(decl.Doc != nil || spec.Doc != nil || spec.Comment != nil, name.Name)
					}
				}
			}
		}
	}
	return bare
}

// receiver returns "Type." for a method.
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
		return name.Name + "."
	}
	return ""
}
