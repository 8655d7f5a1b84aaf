package compose

import (
	"maps"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"
)

// include reads what one entry of an include list names.
func (g *graph) include(f *graphFile, entry *yaml.Node, above []string) {
	entry = resolved(entry)
	paths, projectDir, envFiles := []*yaml.Node{entry}, "", []*yaml.Node(nil)
	if entry.Kind == yaml.MappingNode {
		paths = items(valueOf(entry, "path"))
		if node := valueOf(entry, "project_directory"); text(node) != "" {
			var ok bool
			if projectDir, ok = g.value(f, node, "the project_directory of an include"); !ok {
				return
			}
		}
		envFiles = items(valueOf(entry, "env_file"))
	}
	var dir string
	env := f.env
	for i, node := range paths {
		included := g.open(f, node, includedFile, "include")
		if included == nil {
			return
		}
		if i == 0 {
			dir = filepath.Dir(included.path)
			if projectDir != "" {
				dir = absolute(f.dir, projectDir)
				if g.within != "" && !inside(g.within, dir) {
					err := leavesFolder(projectDir, "the project_directory of an include")
					err.Position = Position{File: f.name, Line: entry.Line}
					g.errs = append(g.errs, err)
					return
				}
			}
			vars, ok := g.includeEnv(f, dir, envFiles)
			if !ok {
				return
			}
			env = f.env.Clone().Merge(vars)
		}
		included.dir, included.env, included.projectDir = dir, env, projectDir
		f.includes = append(f.includes, included)
		if g.parse(included) {
			g.visit(included, above)
		}
	}
}

// includeEnv reads the variables that an include brings along: those of its env_file,
// or else of .env in its directory.
func (g *graph) includeEnv(f *graphFile, dir string, nodes []*yaml.Node) (types.Mapping, bool) {
	var files []*graphFile
	for _, node := range nodes {
		if text(node) == "/dev/null" {
			continue
		}
		file := g.open(f, node, includeEnvFile, "env_file of an include")
		if file == nil {
			return nil, false
		}
		files = append(files, file)
	}
	if len(nodes) == 0 {
		path := filepath.Join(dir, ".env")
		content, err := g.read(path)
		if err != nil {
			return nil, true
		}
		files = append(files, &graphFile{path: path, name: g.name(path), role: includeEnvFile, content: content, implicit: true})
	}
	vars := types.Mapping{}
	for _, file := range files {
		g.all = append(g.all, file)
		more, err := dotenv.ParseWithLookup(strings.NewReader(string(file.content)), func(name string) (string, bool) {
			if v, ok := f.env[name]; ok {
				if _, outer := g.env[name]; outer {
					file.outer = append(file.outer, name)
				}
				return v, true
			}
			v, ok := vars[name]
			return v, ok
		})
		if err != nil {
			g.errs = append(g.errs, &Error{Problem: ProblemSyntax, Position: Position{File: file.name, Line: errorLine(err)}, Reason: "no valid env file", Err: withoutLine(err)})
			return nil, false
		}
		maps.Copy(vars, more)
	}
	return vars, true
}
