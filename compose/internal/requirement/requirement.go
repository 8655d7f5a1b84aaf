// Package requirement finds what a project requires on the deployment host: files, folders
// and devices that are not packaged, and external volumes and networks.
package requirement

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/carry"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// The kinds of requirements.
const (
	EnvFile   = "env-file"
	LabelFile = "label-file"
	Secret    = "secret"
	Config    = "config"
	Seccomp   = "seccomp-profile"
	Mount     = "mount"
	Device    = "device"
	Volume    = "volume"
	Network   = "network"
	// File is a file or folder in a mounted folder that is packaged without it.
	File = "file"
)

// A Requirement is a thing that the deployment host must provide.
type Requirement struct {
	Kind, Path string
	// Services are the services that need it; empty if any service may.
	Services []string
	// Optional is true if Docker Compose starts the project without it.
	Optional bool
}

// A Project is the project to search for requirements.
type Project struct {
	// Model is the merged model, and Dir the folder with which its absolute paths may begin.
	Model map[string]any
	Dir   string
	// Packaged are the services and jobs to package.
	Packaged []string
	// Has reports whether a file or folder, by its name in the project folder, is packaged.
	Has func(name string) bool
	// Marks are the marks of variables without a value.
	Marks variables.Marks
}

// Find lists the requirements of a project by kind and path.
func Find(p Project) []Requirement {
	f := finder{Project: p}
	for c := range place.Containers(p.Model) {
		if slices.Contains(p.Packaged, c.Name) {
			f.container(c)
		}
	}
	for name, value := range model.Entries(p.Model["configs"]) {
		file, _ := model.Text(value, model.Path{"file"})
		f.add(Config, file, f.usersOf("configs", name), false)
	}
	for name, value := range model.Entries(p.Model["secrets"]) {
		file, _ := model.Text(value, model.Path{"file"})
		f.add(Secret, file, f.usersOf("secrets", name), false)
	}
	for _, value := range items(p.Model[carry.OmittedKey]) {
		file, _ := model.Text(value, model.Path{"path"})
		var services []string
		for _, service := range items(model.Get(value, model.Path{"services"})) {
			if name, ok := service.(string); ok && slices.Contains(p.Packaged, name) {
				services = append(services, name)
			}
		}
		if file != "" {
			f.put(Requirement{Kind: File, Path: p.Marks.Show(path.Clean(file)), Services: services, Optional: true})
		}
	}
	for section, kind := range map[string]string{"volumes": Volume, "networks": Network} {
		for name, value := range model.Entries(p.Model[section]) {
			fields, _ := value.(map[string]any)
			if external := fields["external"]; external == true || external == "true" {
				if own, ok := fields["name"].(string); ok {
					name = own
				}
				f.put(Requirement{Kind: kind, Path: p.Marks.Show(name)})
			}
		}
	}
	slices.SortFunc(f.all, func(a, b Requirement) int { return strings.Compare(a.Kind+"\x00"+a.Path, b.Kind+"\x00"+b.Path) })
	return f.all
}

type finder struct {
	Project
	all []Requirement
}

// container adds the requirements of a container.
func (f *finder) container(c place.Container) {
	service := []string{c.Name}
	for _, value := range items(c.Fields["env_file"]) {
		entry, _ := value.(map[string]any)
		file, _ := entry["path"].(string)
		required := entry["required"]
		f.add(EnvFile, file, service, required == false || required == "false")
	}
	for _, value := range items(c.Fields["label_file"]) {
		file, _ := value.(string)
		f.add(LabelFile, file, service, false)
	}
	for _, value := range items(c.Fields["security_opt"]) {
		f.add(Seccomp, carry.SeccompFile(value), service, false)
	}
	for _, value := range items(c.Fields["devices"]) {
		device, _ := value.(string)
		device, _, _ = strings.Cut(device, ":")
		if fields, ok := value.(map[string]any); ok {
			device, _ = fields["source"].(string)
		}
		f.add(Device, device, service, false)
	}
	for _, mount := range c.Mounts() {
		source, _ := mount["source"].(string)
		switch mount["type"] {
		case "bind":
			f.add(Mount, source, service, fmt.Sprint(model.Get(mount, model.Path{"bind", "create_host_path"})) == "true")
		case "volume":
			f.add(Mount, f.device(source), service, false)
		}
	}
}

// device returns the host path of a volume, or "".
func (f *finder) device(volume string) string {
	fields := model.Get(f.Model, model.Path{"volumes", volume})
	options, _ := model.Text(fields, model.Path{"driver_opts", "o"})
	if driver, ok := model.Text(fields, model.Path{"driver"}); ok && driver != "local" || !slices.Contains(strings.Split(options, ","), "bind") {
		return ""
	}
	device, _ := model.Text(fields, model.Path{"driver_opts", "device"})
	return device
}

// usersOf lists the packaged services that use a config or a secret.
func (f *finder) usersOf(section, name string) []string {
	var users []string
	for c := range place.Containers(f.Model) {
		uses := slices.ContainsFunc(items(c.Fields[section]), func(value any) bool {
			source, _ := model.Text(value, model.Path{"source"})
			return value == name || source == name
		})
		if uses && slices.Contains(f.Packaged, c.Name) {
			users = append(users, c.Name)
		}
	}
	return users
}

// add adds a path that is not packaged.
func (f *finder) add(kind, file string, services []string, optional bool) {
	if file == "" {
		return
	}
	name := filepath.ToSlash(file)
	if rel, err := filepath.Rel(f.Dir, file); err == nil && filepath.IsAbs(file) && filepath.IsLocal(rel) {
		name = filepath.ToSlash(rel)
	}
	if !strings.HasPrefix(name, "~") {
		name = path.Clean(name)
	}
	if !path.IsAbs(name) && f.Has(name) {
		return
	}
	f.put(Requirement{Kind: kind, Path: f.Marks.Show(name), Services: services, Optional: optional})
}

// put adds a requirement, or adds its services to an existing requirement.
func (f *finder) put(r Requirement) {
	for i, known := range f.all {
		if known.Kind == r.Kind && known.Path == r.Path {
			services := append(slices.Clone(known.Services), r.Services...)
			slices.Sort(services)
			f.all[i].Services, f.all[i].Optional = slices.Compact(services), known.Optional && r.Optional
			return
		}
	}
	f.all = append(f.all, r)
}

func items(value any) []any {
	list, _ := value.([]any)
	return list
}
