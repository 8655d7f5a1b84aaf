package filegraph

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/envfile"
	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// include reads the files of one entry of an include list.
func (r *reader) include(f *File, entry *yaml.Node, above []string) {
	if r.full {
		return
	}
	if reason := r.tooManyIncludes(f, len(above)); reason != "" {
		r.full = true
		r.errs = []error{&problem.Error{Kind: problem.File, Position: problem.Position{File: f.Name, Line: entry.Line}, Reason: reason}}
		return
	}
	entry = yamlnode.Resolve(entry)
	paths, projectDir, envFiles := []*yaml.Node{entry}, "", []*yaml.Node(nil)
	if entry.Kind == yaml.MappingNode {
		paths = yamlnode.Items(yamlnode.Value(entry, "path"))
		if node := yamlnode.Value(entry, "project_directory"); yamlnode.Text(node) != "" {
			var ok bool
			if projectDir, ok = r.value(f, node, "the project_directory of an include"); !ok {
				return
			}
		}
		envFiles = yamlnode.Items(yamlnode.Value(entry, "env_file"))
	}
	var dir string
	env := f.Env
	for i, node := range paths {
		included := r.open(f, node, Included, "include")
		if included == nil {
			return
		}
		if i == 0 {
			dir = filepath.Dir(included.Path)
			if projectDir != "" {
				dir = localfile.Absolute(f.dir, projectDir)
				if f.within != "" && !localfile.Inside(f.within, dir) {
					err := problem.LeavesFolder(projectDir, "the project_directory of an include")
					err.Position = problem.Position{File: f.Name, Line: entry.Line}
					r.fail(err)
					return
				}
			}
			vars, ok := r.includeEnv(f, included, dir, envFiles)
			if !ok {
				return
			}
			env = f.Env.Clone().Merge(vars)
		}
		included.dir, included.Env = dir, env
		f.includes = append(f.includes, included)
		if r.parse(included) {
			r.visit(included, above)
		}
	}
}

// tooManyIncludes counts an include, and returns which limit it exceeds, if any.
func (r *reader) tooManyIncludes(f *File, levels int) string {
	r.includeLevels += levels
	r.includeVariables += len(f.Env)
	switch {
	case levels > maxIncludes:
		return fmt.Sprintf("includes are nested more than %d deep", maxIncludes)
	case r.includeLevels > maxIncludeLevels:
		return fmt.Sprintf("the project has more than %d includes, counting each once per level above it", maxIncludeLevels)
	case r.includeVariables > maxIncludeVariables:
		return fmt.Sprintf("the includes of the project use more than %d variables in total", maxIncludeVariables)
	}
	return ""
}

// includeEnv reads the variables of an include: those of its env_file, otherwise those of
// .env in its directory.
func (r *reader) includeEnv(f, included *File, dir string, nodes []*yaml.Node) (types.Mapping, bool) {
	var files []*File
	for _, node := range nodes {
		if yamlnode.Text(node) == "/dev/null" {
			continue
		}
		file := r.open(f, node, EnvFile, "env_file of an include")
		if file == nil {
			return nil, false
		}
		files = append(files, file)
	}
	if len(nodes) == 0 {
		path := filepath.Join(dir, ".env")
		content, err := r.read(path, included.within)
		if err != nil {
			return nil, true
		}
		files = append(files, &File{Path: path, Name: r.name(path), Role: EnvFile, Content: content, Implicit: true, Ref: included.Ref})
	}
	vars := types.Mapping{}
	for _, file := range files {
		r.graph.Files = append(r.graph.Files, file)
		more, err := envfile.Parse(func(name string) (string, bool) {
			if v, ok := f.Env[name]; ok {
				if _, outer := r.env[name]; outer {
					file.Outer = append(file.Outer, name)
				}
				return v, true
			}
			v, ok := vars[name]
			return v, ok
		}, envfile.File{Path: file.Path, Content: file.Content})
		var wrong *envfile.Error
		if errors.As(err, &wrong) {
			err = wrong.Err // which the position names
		}
		if err != nil {
			r.fail(&problem.Error{Kind: problem.Syntax, Position: problem.Position{File: file.Name, Line: yamlnode.ErrorLine(err)},
				Reason: "not a valid env file", Err: yamlnode.WithoutLine(err)})
			return nil, false
		}
		maps.Copy(vars, more)
	}
	return vars, true
}
