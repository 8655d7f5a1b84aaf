// Package place iterates over the places of a project that define containers and name
// images: services, jobs, their hooks, image volumes and models.
package place

import (
	"iter"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// sections are the sections of a Compose file whose entries run containers.
var sections = []string{"services", "jobs"}

// Sections returns the sections of a Compose file whose entries run containers.
func Sections() []string { return sections }

// IsSection reports whether the entries of a section of a Compose file run containers.
func IsSection(name string) bool { return slices.Contains(sections, name) }

// A Container is a service, a job, or a pre_start hook of one.
type Container struct {
	// Section is "services" or "jobs", and Name the name of the service or job.
	Section, Name string
	// Hook is the index of a hook in its service, and -1 for the service itself.
	Hook int
	// Fields are the fields of the container in the model.
	Fields map[string]any
}

// Containers iterates over the services and jobs of a model by name, each with its
// hooks after it.
func Containers(m map[string]any) iter.Seq[Container] {
	return func(yield func(Container) bool) {
		for _, section := range sections {
			for name, value := range model.Entries(m[section]) {
				fields, _ := value.(map[string]any)
				if !yield(Container{Section: section, Name: name, Hook: -1, Fields: fields}) {
					return
				}
				hooks, _ := fields["pre_start"].([]any)
				for i, value := range hooks {
					hook, ok := value.(map[string]any)
					if ok && !yield(Container{Section: section, Name: name, Hook: i, Fields: hook}) {
						return
					}
				}
			}
		}
	}
}

// IsHook reports whether the container is a hook.
func (c Container) IsHook() bool { return c.Hook >= 0 }

// At returns the path of the container in the model.
func (c Container) At() model.Path {
	if c.IsHook() {
		return model.Path{c.Section, c.Name, "pre_start", c.Hook}
	}
	return model.Path{c.Section, c.Name}
}

// Steps returns the steps to a value of the container in the files: the keys, the index of
// a hook, and then more.
func (c Container) Steps(more ...string) []string {
	steps := []string{c.Section, c.Name}
	if c.IsHook() {
		steps = append(steps, "pre_start", strconv.Itoa(c.Hook))
	}
	return append(steps, more...)
}

// Mounts iterates over the mounts of the container with their indexes. A mount that is not
// a mapping is nil.
func (c Container) Mounts() iter.Seq2[int, map[string]any] {
	volumes, _ := c.Fields["volumes"].([]any)
	return func(yield func(int, map[string]any) bool) {
		for i, value := range volumes {
			mount, _ := value.(map[string]any)
			if !yield(i, mount) {
				return
			}
		}
	}
}

// Names lists the services and jobs of a model that are in one of the profiles, or all
// of them if there are no profiles, sorted.
func Names(m map[string]any, profiles []string) []string {
	var names []string
	for c := range Containers(m) {
		if !c.IsHook() && c.inProfiles(profiles) {
			names = append(names, c.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// UnusedProfiles returns those of the profiles that no container has.
func UnusedProfiles(m map[string]any, profiles []string) []string {
	used := map[string]bool{"*": true}
	for c := range Containers(m) {
		own, _ := c.Fields["profiles"].([]any)
		for _, profile := range own {
			if name, ok := profile.(string); ok {
				used[name] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(profiles), func(profile string) bool { return used[profile] })
}

func (c Container) inProfiles(profiles []string) bool {
	own, _ := c.Fields["profiles"].([]any)
	if len(profiles) == 0 || len(own) == 0 || slices.Contains(profiles, "*") {
		return true
	}
	return slices.ContainsFunc(own, func(profile any) bool {
		name, ok := profile.(string)
		return ok && slices.Contains(profiles, name)
	})
}

// A Node is a service or a job as written in a file.
type Node struct {
	Section, Name string
	Node          *yaml.Node
}

// Nodes iterates over the services and jobs of a document.
func Nodes(document *yaml.Node) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for _, section := range sections {
			for name, node := range yamlnode.Entries(yamlnode.Value(document, section)) {
				if !yield(Node{Section: section, Name: name, Node: node}) {
					return
				}
			}
		}
	}
}
