package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"
)

// A role tells how a file takes part in a project.
type role int

const (
	mainFile role = iota
	includedFile
	extendedFile
	includeEnvFile // an env file of an include
)

// A graphFile is a file of a graph in one of its roles: what it is relative to, what its
// variables are, and what it refers to.
type graphFile struct {
	// path is absolute, name is how people are told of it.
	path, name string
	role       role
	content    []byte
	documents  []*yaml.Node
	// dir is what the includes and extends of the file are relative to.
	dir string
	env types.Mapping
	// from is where the file is referred to.
	from Position
	// includes are the files that this one includes, in order.
	includes []*graphFile
	// bases are the files that services extend, by their path in extends.
	bases map[string]*graphFile
	// implicit tells that nothing names the file: the .env of an include's directory.
	implicit bool
	// outer are the variables of the project's environment that an env file has in it.
	outer []string
	// projectDir is what an include says its project directory is.
	projectDir string
}

// A graph is the files that make a project together by naming each other.
type graph struct {
	dir   string
	env   types.Mapping
	mains []*graphFile
	// all are all files that are read, each path once for every use.
	all  []*graphFile
	read func(path string) ([]byte, error)
	// within, if set, is the folder that no file and no directory may be outside of.
	within string
	errs   []error
	// parsed are the documents of each content, by path.
	parsed map[string][]*yaml.Node
}

// maxGraphFiles bounds the files of a project, counted once for each way to them.
const maxGraphFiles = 5000

var errTooManyFiles = fmt.Errorf("the project has more than %d includes and extends", maxGraphFiles)

var remotePath = regexp.MustCompile(`^(?:[a-zA-Z][a-zA-Z0-9+.-]*://|git@|github\.com/.*#)`)

// newGraph starts a graph with the -f files.
func newGraph(s *source) *graph {
	g := &graph{dir: s.dir, read: readLocal}
	for _, f := range s.files {
		file := &graphFile{path: f.path, name: g.name(f.path), content: f.content}
		if f.path == "" {
			file.path, file.name = filepath.Join(s.dir, "-"), "-"
		}
		g.mains = append(g.mains, file)
	}
	return g
}

// walk reads the files that the main files refer to. What it can't read goes to errs.
func (g *graph) walk(env types.Mapping) {
	g.env = env
	for _, main := range g.mains {
		main.role, main.dir, main.env = mainFile, g.dir, env
		if g.parse(main) {
			g.visit(main, nil)
		}
	}
}

// parse fills in the documents of a file.
func (g *graph) parse(f *graphFile) bool {
	if len(g.all) >= maxGraphFiles {
		g.errs = []error{&Error{Problem: ProblemFile, Reason: errTooManyFiles.Error()}}
		return false
	}
	g.all = append(g.all, f)
	if documents, ok := g.parsed[f.path]; ok && f.role != mainFile {
		f.documents = documents
		return true
	}
	documents, err := readDocuments(f.content)
	f.documents = documents
	for _, document := range documents {
		if err := checkDocument(document); err != nil {
			g.errs = append(g.errs, &Error{Problem: ProblemSyntax, Position: Position{File: f.name, Line: errorLine(err)}, Reason: withoutLine(err).Error()})
			return false
		}
	}
	if err == nil && f.role != mainFile {
		if g.parsed == nil {
			g.parsed = map[string][]*yaml.Node{}
		}
		g.parsed[f.path] = documents
	}
	if err != nil {
		if !slices.ContainsFunc(documents, func(document *yaml.Node) bool { return checkDocument(document) != nil }) {
			err = loaderError(context.Background(), f.content, err)
		}
		g.errs = append(g.errs, &Error{Problem: ProblemSyntax, Position: Position{File: f.name, Line: errorLine(err)},
			Reason: "no valid YAML", Err: withoutLine(err)})
		return false
	}
	return true
}

// visit follows the includes and extends of a file.
func (g *graph) visit(f *graphFile, above []string) {
	if slices.Contains(above, f.path) {
		return // the loader reports the cycle
	}
	above = append(slices.Clip(above), f.path)
	for _, document := range f.documents {
		for _, entry := range items(valueOf(document, "include")) {
			g.include(f, entry, above)
		}
		for _, section := range []string{"services", "jobs"} {
			containers := valueOf(document, section)
			for _, name := range keysOf(containers) {
				g.extend(f, valueOf(containers, name), map[string]bool{})
			}
		}
	}
}

// open reads a file that another one names.
func (g *graph) open(f *graphFile, node *yaml.Node, role role, what string) *graphFile {
	raw, ok := g.value(f, node, what)
	if !ok {
		return nil
	}
	at := Position{File: f.name, Line: node.Line}
	if remotePath.MatchString(raw) {
		g.errs = append(g.errs, &Error{Problem: ProblemFile, Subject: raw, Position: at,
			Reason: fmt.Sprintf("%s: %q is not a local file: only local ones can be packaged", what, raw)})
		return nil
	}
	path := absolute(f.dir, raw)
	content, err := g.read(path)
	if err != nil {
		g.errs = append(g.errs, &Error{Problem: ProblemFile, Subject: raw, Position: at,
			Reason: fmt.Sprintf("%s: reading %q", what, raw), Err: plain(err)})
		return nil
	}
	return &graphFile{path: path, name: g.name(path), role: role, content: content, from: at}
}

// value is a text of a file after interpolation. A variable without a value is an error.
func (g *graph) value(f *graphFile, node *yaml.Node, what string) (string, bool) {
	raw := text(node)
	value, err := substitute(raw, f.env.Resolve)
	if unset := unsetVariables(value); err == nil && len(unset) > 0 {
		g.errs = append(g.errs, &Error{Problem: ProblemVariable, Subject: unset[0], Position: Position{File: f.name, Line: node.Line},
			Reason: fmt.Sprintf("%s %q needs the variable %s, which is not set and has no default", what, raw, unset[0])})
		return "", false
	}
	if err != nil || value == "" {
		return "", false // the loader reports it
	}
	return value, true
}

// name is how a file is called in messages: relative to the project directory.
func (g *graph) name(path string) string {
	if rel, err := filepath.Rel(g.dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return path
}

// readLocal reads a file from disk for the graph.
func readLocal(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("it is a directory")
	}
	content, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fs.ErrNotExist
	}
	return content, err
}
