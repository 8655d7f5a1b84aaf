// Package mounts finds the host paths that the containers of a project mount, and how they
// are written in its files.
package mounts

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/format"
	"github.com/compose-spec/compose-go/v2/paths"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/variables"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// A Mount is a host path that a container mounts.
type Mount struct {
	// Container is the container, and Index the index of the mount in its volumes.
	Container place.Container
	Index     int
	// Fields are the fields of the mount in the model.
	Fields map[string]any
	// Path is absolute on this machine. A variable without a value may be part of it.
	Path string
	// Written is the source as written in the files, with variables, relative to the project
	// folder; "" if unknown.
	Written string
	// Target is the path in the container, as in the model, and WrittenTarget the same as an
	// override must write it.
	Target, WrittenTarget string
	ReadOnly              bool
	// Bound is the name of the volume whose driver binds the path; "" for a bind mount.
	Bound string
	// OfHost is true if the path is a host path: it is absolute, or in the home folder.
	OfHost bool
	// Context is the folder from which the image of the container is built, if the path is in
	// it; "" otherwise.
	Context string
	// Position is where the mount is written.
	Position problem.Position
}

// At returns the path of the mount in the model.
func (m Mount) At() model.Path { return m.Container.At().Join("volumes", m.Index) }

// A Project is the project to search for mounts.
type Project struct {
	// Dir is the project folder.
	Dir   string
	Graph *filegraph.Graph
	// Model is the merged model, and Absolute the same with absolute paths.
	Model, Absolute map[string]any
	// Packaged are the services and jobs to package.
	Packaged []string
	// Marks are the marks of variables without a value.
	Marks variables.Marks
}

// Find lists the host paths that the packaged services, jobs and hooks mount, in the order
// of the model.
func Find(p Project) []Mount {
	var all []Mount
	contexts := p.contexts()
	for c := range place.Containers(p.Model) {
		if !slices.Contains(p.Packaged, c.Name) {
			continue
		}
		for i, fields := range c.Mounts() {
			m, ok := p.mount(c, i, fields)
			if !ok {
				continue
			}
			if context := contexts.of(c); context != "" && localfile.Inside(context, m.Path) {
				m.Context = context
			}
			all = append(all, m)
		}
	}
	return all
}

// mount returns one mount of a container. It returns false if the mount has no host path.
func (p Project) mount(c place.Container, index int, fields map[string]any) (Mount, bool) {
	m := Mount{Container: c, Index: index, Fields: fields}
	m.Target, _ = fields["target"].(string)
	m.ReadOnly, _ = fields["read_only"].(bool)
	source, _ := fields["source"].(string)
	f, node := filegraph.Find(p.Graph, c.Steps("volumes", m.Target)...)
	m.Position = position(f, node)
	short := shortForm(node)
	m.WrittenTarget = p.writtenTarget(f, short.Target, m.Target)
	switch fields["type"] {
	case "bind":
		m.Path, _ = model.Text(p.Absolute, m.At().Join("source"))
		m.Written = p.written(f, short.Source, m.Path)
	case "volume":
		device, steps, ok := p.boundDevice(source)
		if !ok {
			return m, false
		}
		m.Bound, m.Path = source, localfile.Absolute(p.Dir, paths.ExpandUser(device))
		f, node := filegraph.Find(p.Graph, steps...)
		m.Position = position(f, node)
		m.Written = p.written(f, yamlnode.Text(node), m.Path)
		source = device
	default:
		return m, false
	}
	if m.Path == "" || m.Target == "" {
		return m, false
	}
	if !p.Marks.In(m.Path) {
		m.Path = filepath.Clean(m.Path)
	}
	m.OfHost = p.ofHost(m, source)
	return m, true
}

// ofHost reports whether a mount is a host path. A path in the project folder that begins
// with a variable, such as ${PWD}, belongs to the project.
func (p Project) ofHost(m Mount, source string) bool {
	if strings.HasPrefix(source, "~") || strings.HasPrefix(m.Written, "~") {
		return true
	}
	if strings.HasPrefix(m.Written, "$") || m.Written == "" {
		return !localfile.Inside(p.Dir, m.Path)
	}
	return filepath.IsAbs(m.Written) || strings.HasPrefix(m.Written, `\`) || filepath.VolumeName(m.Written) != ""
}

// boundDevice returns the path that the driver of a volume binds, and its steps in the
// files.
func (p Project) boundDevice(volume string) (device string, steps []string, ok bool) {
	fields, _ := model.Get(p.Model, model.Path{"volumes", volume}).(map[string]any)
	options, _ := fields["driver_opts"].(map[string]any)
	driver, named := fields["driver"].(string)
	how, _ := options["o"].(string)
	device, _ = options["device"].(string)
	if device == "" || named && driver != "local" || !slices.ContainsFunc(strings.Split(how, ","), isBind) {
		return "", nil, false
	}
	return device, []string{"volumes", volume, "driver_opts", "device"}, true
}

func isBind(option string) bool { return option == "bind" || option == "rbind" }

// shortForm returns the source and the target of a mount as written in a file.
func shortForm(node *yaml.Node) types.ServiceVolumeConfig {
	node = yamlnode.Resolve(node)
	if node == nil {
		return types.ServiceVolumeConfig{}
	}
	if node.Kind == yaml.MappingNode {
		return types.ServiceVolumeConfig{Source: yamlnode.Text(yamlnode.Value(node, "source")), Target: yamlnode.Text(yamlnode.Value(node, "target"))}
	}
	parsed, err := format.ParseVolume(node.Value)
	if err != nil {
		return types.ServiceVolumeConfig{}
	}
	return parsed
}

// writtenTarget returns a target as an override must write it: with the same variables as
// in the files, by which Docker Compose distinguishes mounts.
func (p Project) writtenTarget(f *filegraph.File, written, target string) string {
	if f != nil && strings.Contains(written, "$") {
		if value, err := p.Marks.Substitute(written, f.Env.Resolve); err == nil && value == target {
			return written
		}
	}
	return p.Marks.Show(variables.Escape(target))
}

// written returns a source as written in a file, if it refers to the path: a file that is
// included from another folder has other paths.
func (p Project) written(f *filegraph.File, source, path string) string {
	if f == nil || source == "" {
		return ""
	}
	value, err := p.Marks.Substitute(source, f.Env.Resolve)
	if err != nil {
		return ""
	}
	value = paths.ExpandUser(value)
	rel, relErr := filepath.Rel(p.Dir, f.Dir())
	switch {
	case localfile.Absolute(p.Dir, value) == path:
		return source
	case relErr == nil && localfile.Absolute(f.Dir(), value) == path:
		return filepath.ToSlash(rel) + "/" + source
	}
	return ""
}

func position(f *filegraph.File, node *yaml.Node) problem.Position {
	if node == nil {
		return problem.Position{}
	}
	return problem.Position{File: f.Name, Line: node.Line}
}
