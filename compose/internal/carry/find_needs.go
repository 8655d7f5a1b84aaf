package carry

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/paths"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/mounts"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/variables"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// A Need is a file that the project refers to and that Docker Compose reads on the
// deployment host.
type Need struct {
	// path is absolute; a variable without a value may be part of it.
	path string
	// what describes the reference: "extends", "env_file".
	what     string
	service  string
	position problem.Position
	// at is where the merged model names the file, and field the key of the path if it is in a
	// mapping; nil for files that make up the model. prefix comes before the path.
	at            model.Path
	field, prefix string
	// mounted is true if containers mount the file.
	mounted bool
	// env is true for env files, which are carried only on request.
	env bool
	// optional is true if Docker Compose continues without the file.
	optional bool
	// late is true if Docker Compose needs the file only to start the application, not to
	// read the project.
	late bool
	// model is true if the file is part of the model, and included if it has the variables
	// of an include: flattening merges both.
	model, included bool
}

// Needs lists the files that the graph and the merged model refer to, except secret files
// and bind mounts, in the order in which they are found. packaged are the services and jobs
// to package.
func Needs(g *filegraph.Graph, m map[string]any, packaged []string) []Need {
	var all []Need
	for _, f := range g.Files {
		if f.Ref != "" {
			continue // it stays in its registry
		}
		n := Need{path: f.Path, position: f.From}
		switch f.Role {
		case filegraph.Included:
			n.what, n.model = "include", true
		case filegraph.Extended:
			n.what, n.model = "extends", true
		case filegraph.EnvFile:
			n.what, n.env, n.included, n.optional = "env_file", true, true, f.Implicit
		default:
			continue
		}
		all = append(all, n)
	}
	for c := range place.Containers(m) {
		if slices.Contains(packaged, c.Name) {
			all = append(all, containerNeeds(g, c)...)
		}
	}
	for name, value := range model.Entries(m["configs"]) {
		config, _ := value.(map[string]any)
		if path, ok := config["file"].(string); ok && path != "" {
			all = append(all, Need{path: path, what: "the file of the config " + name, late: true, mounted: true,
				at: model.Path{"configs", name}, field: "file", position: filegraph.Locate(g, "configs", name, "file")})
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(n Need) bool {
		key := n.path + "\x00" + n.what + "\x00" + n.at.Key()
		again := seen[key]
		seen[key] = true
		return again
	})
}

// containerNeeds lists the files of one service, job or hook.
func containerNeeds(g *filegraph.Graph, c place.Container) []Need {
	var all []Need
	where := func(key string) problem.Position { return filegraph.Locate(g, c.Steps(key)...) }
	envFiles, _ := c.Fields["env_file"].([]any)
	for i, value := range envFiles {
		entry, _ := value.(map[string]any)
		path, _ := entry["path"].(string)
		required, stated := entry["required"]
		if path != "" {
			all = append(all, Need{path: path, what: "env_file", service: c.Name, position: where("env_file"), env: true,
				at: c.At().Join("env_file", i), field: "path",
				optional: stated && (required == false || required == "false")})
		}
	}
	labelFiles, _ := c.Fields["label_file"].([]any)
	for i, value := range labelFiles {
		if path, _ := value.(string); path != "" {
			all = append(all, Need{path: path, what: "label_file", service: c.Name, position: where("label_file"), at: c.At().Join("label_file", i)})
		}
	}
	options, _ := c.Fields["security_opt"].([]any)
	for i, value := range options {
		if path := SeccompFile(value); path != "" {
			all = append(all, Need{path: localfile.Absolute(g.Dir, path), what: "seccomp profile", late: true, service: c.Name, position: where("security_opt"),
				at: c.At().Join("security_opt", i), prefix: strings.TrimSuffix(value.(string), path)})
		}
	}
	return all
}

// SeccompFile returns the file that a security option names, which Docker Compose reads;
// "" if it names none.
func SeccompFile(option any) string {
	value, _ := option.(string)
	for _, separator := range []string{"=", ":"} {
		if path, ok := strings.CutPrefix(value, "seccomp"+separator); ok && path != "unconfined" && path != "builtin" {
			return path
		}
	}
	return ""
}

// HostPaths returns the values in the files that are absolute paths: they refer to the
// deployment host and are not part of the project. They include marked variables without a
// value.
func HostPaths(g *filegraph.Graph, marks variables.Marks) map[string]bool {
	found := map[string]bool{}
	for _, f := range g.Files {
		seen := map[*yaml.Node]bool{}
		for _, document := range f.Documents {
			yamlnode.EachScalar(document, seen, func(node *yaml.Node) {
				value, err := marks.Substitute(node.Value, f.Env.Resolve)
				if err != nil {
					return
				}
				source, _, _ := strings.Cut(paths.ExpandUser(value), ":")
				if filepath.IsAbs(source) {
					found[filepath.Clean(source)] = true
				}
			})
		}
	}
	return found
}

// WithoutForeign removes the needs and mounts of foreign paths: included compositions refer to
// them and contain those files.
func WithoutForeign(needs []Need, all []mounts.Mount, foreign map[string]bool) ([]Need, []mounts.Mount) {
	needs = slices.DeleteFunc(needs, func(n Need) bool { return foreign[n.path] })
	return needs, slices.DeleteFunc(all, func(m mounts.Mount) bool { return foreign[m.Path] })
}
