package compose

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/paths"
	"gopkg.in/yaml.v3"
)

// needs lists the files that the graph and the merged model refer to, but for those of
// secrets and of bind mounts: in the order in which they are found, each once.
func needs(g *graph, model map[string]any, packaged []string) []need {
	var all []need
	mains := map[string]bool{}
	for _, f := range g.mains {
		mains[f.path] = true
	}
	for _, f := range g.all {
		n := need{path: f.path, at: f.from}
		switch f.role {
		case includedFile:
			n.what, n.model = "include", true
		case extendedFile:
			n.what, n.model = "extends", true
		case includeEnvFile:
			n.what, n.env, n.included, n.optional = "env_file", true, true, f.implicit
		default:
			continue
		}
		all = append(all, n)
	}
	for _, section := range []string{"services", "jobs"} {
		for name, value := range entries(model[section]) {
			container, _ := value.(map[string]any)
			if !slices.Contains(packaged, name) {
				continue
			}
			all = append(all, containerNeeds(g, container, name, section, name)...)
			hooks, _ := container["pre_start"].([]any)
			for i, hook := range hooks {
				if hook, ok := hook.(map[string]any); ok {
					all = append(all, containerNeeds(g, hook, name, section, name, "pre_start", strconv.Itoa(i))...)
				}
			}
		}
	}
	for name, value := range entries(model["configs"]) {
		config, _ := value.(map[string]any)
		if path, ok := config["file"].(string); ok && path != "" {
			all = append(all, need{path: path, what: "the file of the config " + name, late: true, at: g.locate("configs", name, "file")})
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(n need) bool {
		key := n.path + "\x00" + n.what
		again := seen[key]
		seen[key] = true
		return again
	})
}

// containerNeeds lists the files of one service, job or hook.
func containerNeeds(g *graph, container map[string]any, service string, steps ...string) []need {
	var all []need
	at := func(key string) Position { return g.locate(append(slices.Clone(steps), key)...) }
	envFiles, _ := container["env_file"].([]any)
	for _, value := range envFiles {
		entry, _ := value.(map[string]any)
		path, _ := entry["path"].(string)
		required, stated := entry["required"]
		if path != "" {
			all = append(all, need{path: path, what: "env_file", service: service, at: at("env_file"), env: true,
				optional: stated && (required == false || required == "false")})
		}
	}
	labelFiles, _ := container["label_file"].([]any)
	for _, value := range labelFiles {
		if path, _ := value.(string); path != "" {
			all = append(all, need{path: path, what: "label_file", service: service, at: at("label_file")})
		}
	}
	options, _ := container["security_opt"].([]any)
	for _, value := range options {
		if path := seccompFile(value); path != "" {
			all = append(all, need{path: absolute(g.dir, path), what: "seccomp profile", late: true, service: service, at: at("security_opt")})
		}
	}
	return all
}

// seccompFile is the file that a security option names, which Docker Compose reads.
func seccompFile(option any) string {
	value, _ := option.(string)
	for _, separator := range []string{"=", ":"} {
		if path, ok := strings.CutPrefix(value, "seccomp"+separator); ok && path != "unconfined" && path != "builtin" {
			return path
		}
	}
	return ""
}

// hostPaths are the texts of the files that are absolute paths: what they name is on the
// machine where the application is deployed and no part of the project.
func (g *graph) hostPaths() map[string]bool {
	found := map[string]bool{}
	for _, f := range g.all {
		seen := map[*yaml.Node]bool{}
		for _, document := range f.documents {
			eachScalar(document, seen, func(node *yaml.Node) {
				value, err := substitute(node.Value, f.env.Resolve)
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
