// Package filegraph reads the files of a project that refer to each other: the -f files,
// the files that they include and extend, and the env files of includes. It finds the line
// of a value of the merged model, and the position of an error of the loader.
package filegraph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/loading"
	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/variables"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// A Role is the role of a file in a project.
type Role int

// The roles of files.
const (
	Main     Role = iota // a -f file
	Included             // named by an include
	Extended             // named by an extends
	EnvFile              // an env file of an include
)

// A File is a file of a project in one of its roles. A file with several roles or
// references is in the graph several times.
type File struct {
	// Path is absolute; Name is for messages.
	Path, Name string
	Role       Role
	Content    []byte
	// Documents are the YAML documents; nil for an env file.
	Documents []*yaml.Node
	// From is where the file is named.
	From problem.Position
	// Env is the environment of the file's variables.
	Env types.Mapping
	// Implicit is true if no file names it: the .env of an include's directory.
	Implicit bool
	// Outer are the variables of the project's environment that an env file refers to.
	Outer []string
	// Ref is the reference of the composition in a registry that the file is, or is a part
	// of; empty for a file of the project itself.
	Ref string

	// dir is the base of the file's includes and extends, and within the folder that must
	// contain all files it refers to; empty if it is trusted.
	dir, within string
	// depth is the number of compositions in registries between the project and the file.
	depth int
	// includes are the files that this one includes, in order.
	includes []*File
	// bases are the files that services extend, by their path in extends.
	bases map[string]*File
	// sections caches the entries of the sections of each document.
	sections []map[string]map[string]*yaml.Node
}

// Dir returns the base of relative paths in the file.
func (f *File) Dir() string { return f.dir }

// Depth returns how many compositions in registries lie between the file and the project: 0
// for a file of the project, 1 for one of a composition that it names.
func (f *File) Depth() int { return f.depth }

// A Graph is the files of a project.
type Graph struct {
	// Dir is the project directory.
	Dir string
	// Mains are the -f files in order, and Files all files that were read.
	Mains, Files []*File
}

// A Source is a -f file to start from.
type Source struct {
	// Path is absolute; empty for standard input.
	Path    string
	Content []byte
}

// Options select what to read.
type Options struct {
	// Dir is the project directory.
	Dir string
	// Env is the environment of the project.
	Env types.Mapping
	// Files are the -f files.
	Files []Source
	// Within, if set, is the folder that must contain all files and directories.
	Within string
	// Read reads a file; nil reads it from disk.
	Read func(path string) ([]byte, error)
	// Remote reads the composition in a registry that a reference such as
	// "oci://example.com/shop:1" names; nil if only local files may be named.
	Remote func(ctx context.Context, ref string) (*loading.Stage, error)
}

// maxFiles limits the files of a project, counted once for each reference.
const maxFiles = 5000

// Read reads the files of a project. It returns every problem that it finds, joined.
func Read(ctx context.Context, opts Options) (*Graph, error) {
	r := reader{ctx: ctx, graph: &Graph{Dir: opts.Dir}, env: opts.Env, readFile: opts.Read, remote: opts.Remote, parsed: map[string]parsed{}}
	if r.readFile == nil {
		r.readFile = localfile.Read
	}
	for _, f := range opts.Files {
		file := &File{Path: f.Path, Name: r.name(f.Path), Content: f.Content, dir: opts.Dir, within: opts.Within, Env: opts.Env}
		if f.Path == "" {
			file.Path, file.Name = filepath.Join(opts.Dir, "-"), "-"
		}
		r.graph.Mains = append(r.graph.Mains, file)
	}
	for _, main := range r.graph.Mains {
		if r.parse(main) {
			r.visit(main, nil)
		}
	}
	if len(r.errs) == 0 {
		return r.graph, r.graph.check()
	}
	return r.graph, errors.Join(r.errs...)
}

// A reader follows the references from file to file.
type reader struct {
	ctx   context.Context
	graph *Graph
	env   types.Mapping
	// readFile reads a file, and remote the composition in a registry.
	readFile func(path string) ([]byte, error)
	remote   func(ctx context.Context, ref string) (*loading.Stage, error)
	stages   []*loading.Stage
	errs     []error
	// parsed are the files that were parsed, by path.
	parsed map[string]parsed
	// includeLevels and includeVariables are the cost of the includes so far.
	includeLevels, includeVariables int
	// full is set when a limit is exceeded.
	full bool
}

type parsed struct {
	content   []byte
	documents []*yaml.Node
}

func (r *reader) fail(err *problem.Error) { r.errs = append(r.errs, err) }

// parse fills in the documents of a file.
func (r *reader) parse(f *File) bool {
	if len(r.graph.Files) >= maxFiles {
		r.errs = []error{&problem.Error{Kind: problem.File, Reason: fmt.Sprintf("the project has more than %d includes and extends", maxFiles)}}
		return false
	}
	r.graph.Files = append(r.graph.Files, f)
	if known, ok := r.parsed[f.Path]; ok && f.Role != Main && bytes.Equal(known.content, f.Content) {
		f.Documents = known.documents
		return true
	}
	documents, err := yamlnode.Parse(r.ctx, f.Content)
	if errors.Is(err, yamlnode.ErrTooLarge) {
		r.fail(&problem.Error{Kind: problem.Syntax, Position: problem.Position{File: f.Name}, Reason: err.Error()})
		return false
	}
	f.Documents = documents
	if err := yamlnode.Check(documents); err != nil {
		r.fail(&problem.Error{Kind: problem.Syntax, Position: problem.Position{File: f.Name, Line: yamlnode.ErrorLine(err)},
			Reason: yamlnode.WithoutLine(err).Error()})
		return false
	}
	if err == nil && f.Role == Main && !utf8.Valid(f.Content) {
		err = errNotUTF8
	}
	if err != nil {
		r.fail(&problem.Error{Kind: problem.Syntax, Position: problem.Position{File: f.Name, Line: yamlnode.ErrorLine(err)},
			Reason: "not valid YAML", Err: yamlnode.WithoutLine(err)})
		return false
	}
	r.parsed[f.Path] = parsed{f.Content, documents}
	return true
}

var errNotUTF8 = errors.New("not UTF-8")

// visit follows the includes and extends of a file. above are the files that include it.
func (r *reader) visit(f *File, above []string) {
	if slices.Contains(above, f.Path) {
		if f.Ref != "" {
			r.fail(&problem.Error{Kind: problem.File, Subject: f.Ref, Position: f.From,
				Reason: fmt.Sprintf("%s includes itself through its includes", f.Ref)})
		}
		return // the loader reports other cycles
	}
	above = append(slices.Clip(above), f.Path)
	for _, document := range f.Documents {
		for _, entry := range yamlnode.Items(yamlnode.Value(document, "include")) {
			r.include(f, entry, above)
		}
		for container := range place.Nodes(document) {
			r.extend(f, container.Node, map[string]bool{})
		}
	}
}

// open reads a file that another file names.
func (r *reader) open(f *File, node *yaml.Node, role Role, what string) *File {
	raw, ok := r.value(f, node, what)
	if !ok {
		return nil
	}
	at := problem.Position{File: f.Name, Line: node.Line}
	if localfile.IsRemote(raw) {
		return r.openRemote(f, raw, at, role, what)
	}
	path := localfile.Absolute(f.dir, raw)
	content, err := r.read(path, f.within)
	if err != nil {
		r.fail(&problem.Error{Kind: problem.File, Subject: raw, Position: at,
			Reason: fmt.Sprintf("%s: reading %q", what, raw), Err: localfile.Cause(err)})
		return nil
	}
	return &File{Path: path, Name: r.name(path), Role: role, Content: content, From: at, Ref: f.Ref, within: f.within, depth: f.depth}
}

var errLeavesFolder = errors.New("the path leaves the folder of the composition")

// read reads a file, which must be inside a folder unless that is empty.
func (r *reader) read(path, within string) ([]byte, error) {
	if within != "" && !localfile.Inside(within, path) {
		return nil, errLeavesFolder
	}
	for _, stage := range r.stages {
		if localfile.Inside(stage.Root, path) {
			return stage.Read(path)
		}
	}
	content, err := r.readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fs.ErrNotExist
	}
	return content, err
}

// value returns a string of a file after interpolation. A variable without a value is an
// error. An empty string or an invalid expression is left to the loader.
func (r *reader) value(f *File, node *yaml.Node, what string) (string, bool) {
	raw := yamlnode.Text(node)
	value, unset, err := variables.Expand(raw, f.Env.Resolve)
	if err == nil && len(unset) > 0 {
		r.fail(&problem.Error{Kind: problem.Variable, Subject: unset[0], Position: problem.Position{File: f.Name, Line: node.Line},
			Reason: fmt.Sprintf("%s %q needs the variable %s, which is not set and has no default", what, raw, unset[0])})
		return "", false
	}
	return value, err == nil && value != ""
}

// name returns a path relative to the project directory, for messages.
func (r *reader) name(path string) string {
	for _, stage := range r.stages {
		if rel, err := filepath.Rel(stage.Root, path); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
	}
	if rel, err := filepath.Rel(r.graph.Dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return path
}
