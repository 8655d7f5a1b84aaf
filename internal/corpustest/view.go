package corpustest

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// A View is a model as the containers of a project see it: the files in them and their paths,
// independent of how they are mounted.
type View struct {
	// Rest is the model without mounts and configs.
	Rest string
	// Files are the files of the project's folder in containers, by service and path in the
	// container.
	Files map[string]ViewedFile
	// Others are the mounts without files of the project's folder, by service and path.
	Others map[string]string
	// hides are the paths that are separate folders, empty except for Files.
	hides map[string]bool
	// required are the places whose files must exist where the application runs.
	required map[string]bool
	// roots are the folders of the project and of the compositions that it includes.
	roots []string
}

// A ViewedFile is a file in a container.
type ViewedFile struct {
	// Name is the name in the project's folder; empty for content in the model itself.
	Name string
	// Digest is the digest of the content.
	Digest string
	// Alone is true for a file that is mounted individually, not in a folder.
	Alone bool
	// Executable and ReadOnly are the permissions in the container.
	Executable, ReadOnly bool
}

// NewView reads a model as printed by docker compose config for a project in a folder, run with a
// home folder. The compositions that it includes are in other folders. NewView removes the parts
// that depend on folders.
func NewView(config, dir, home string, included ...string) (*View, error) {
	var model map[string]any
	if err := yaml.Unmarshal([]byte(config), &model); err != nil {
		return nil, err
	}
	v := &View{
		Files: map[string]ViewedFile{}, Others: map[string]string{}, hides: map[string]bool{}, required: map[string]bool{},
		roots: append([]string{dir}, included...),
	}
	configs, _ := model["configs"].(map[string]any)
	volumes, _ := model["volumes"].(map[string]any)
	for _, section := range []string{"services", "jobs"} {
		services, _ := model[section].(map[string]any)
		for name, value := range services {
			service, _ := value.(map[string]any)
			if err := v.service(section+"."+name, service, configs, volumes); err != nil {
				return nil, err
			}
		}
	}
	delete(model, "configs")
	used := fmt.Sprint(slices.Sorted(maps.Values(v.Others)))
	for name := range volumes {
		if !strings.Contains(used, "source:"+name+" ") {
			delete(volumes, name)
		}
	}
	if len(volumes) == 0 {
		delete(model, "volumes")
	}
	rest, err := yaml.Marshal(model)
	v.Rest = string(rest)
	for _, folder := range included {
		v.Rest = strings.ReplaceAll(v.Rest, folder, "/PROJECT")
	}
	v.Rest = Model(v.Rest, dir, home)
	for place, mount := range v.Others {
		v.Others[place] = Model(mount, dir, home)
	}
	return v, err
}

// service reads one service, and removes its mounts from the model.
func (v *View) service(name string, service, configs, volumes map[string]any) error {
	if build, _ := service["build"].(map[string]any); build["context"] != nil {
		build["context"] = strings.TrimSuffix(fmt.Sprint(build["context"]), "/")
	}
	mounts, _ := service["volumes"].([]any)
	// A mount inside a mounted folder hides the folder's content at that path.
	slices.SortStableFunc(mounts, func(a, b any) int { return len(targetOf(a)) - len(targetOf(b)) })
	for _, value := range mounts {
		mount, _ := value.(map[string]any)
		if device := bound(volumes, mount["source"]); mount["type"] == "volume" && device != "" {
			mount["type"], mount["source"] = "bind", device
		}
		if err := v.mount(name, mount); err != nil {
			return err
		}
	}
	used, _ := service["configs"].([]any)
	for _, value := range used {
		use, _ := value.(map[string]any)
		source, _ := use["source"].(string)
		target := unescaped(use["target"])
		if target == "" {
			target = "/" + source
		}
		config, _ := configs[source].(map[string]any)
		file := unescaped(config["file"])
		if content, ok := config["content"].(string); ok {
			mode, _ := strconv.ParseUint(fmt.Sprint(use["mode"]), 8, 32)
			content = unescaped(content)
			v.Files[name+" "+target] = ViewedFile{Digest: digest([]byte(content)), Executable: mode&0o100 != 0, ReadOnly: mode&0o200 == 0}
		} else if _, err := v.files(name, file, target, true); err != nil {
			return err
		}
	}
	delete(service, "volumes")
	delete(service, "configs")
	return nil
}

// unescaped returns a string as Docker Compose uses it: config prints it for another
// interpolation.
func unescaped(value any) string {
	text, _ := value.(string)
	return strings.ReplaceAll(text, "$$", "$")
}

// targetOf returns the path of a mount in the container.
func targetOf(mount any) string {
	fields, _ := mount.(map[string]any)
	target, _ := fields["target"].(string)
	return path.Clean(target)
}

// bound returns the folder that a volume binds, or "".
func bound(volumes map[string]any, source any) string {
	name, _ := source.(string)
	volume, _ := volumes[name].(map[string]any)
	options, _ := volume["driver_opts"].(map[string]any)
	if device, ok := options["device"].(string); ok && options["o"] == "bind" {
		return device
	}
	return ""
}

// mount reads one mount.
func (v *View) mount(service string, mount map[string]any) error {
	source, target := unescaped(mount["source"]), unescaped(mount["target"])
	readOnly, _ := mount["read_only"].(bool)
	place := service + " " + path.Clean(target)
	maps.DeleteFunc(v.Files, func(at string, _ ViewedFile) bool { return at == place || strings.HasPrefix(at, place+"/") })
	if mount["type"] == "tmpfs" || mount["type"] == "volume" && source == "" {
		v.hides[place] = true
	}
	if options, _ := mount["bind"].(map[string]any); mount["type"] == "bind" && options["create_host_path"] != true {
		v.required[place] = true
	}
	if rel, ok := v.rel(source); mount["type"] == "bind" && ok {
		if n, err := v.files(service, source, target, readOnly); err != nil || n > 0 {
			return err
		}
		v.hides[place] = true
		source = "PROJECT/" + rel
	}
	v.Others[place] = fmt.Sprintf("type:%v source:%s read-only:%v", mount["type"], source, readOnly)
	return nil
}

// rel returns a path relative to the folder of the project, or of a composition that it includes,
// and whether it is in one.
func (v *View) rel(source string) (string, bool) {
	for _, root := range v.roots {
		if rel, err := filepath.Rel(root, source); err == nil && (filepath.IsLocal(rel) || inTree(root, source)) {
			return filepath.ToSlash(rel), true
		}
	}
	return "", false
}

// inTree reports whether a path is in the folders that [Deep] makes, above a project in them: an
// application can be in a subfolder of the tree from which it mounts files.
func inTree(dir, source string) bool {
	tree, _, deep := strings.Cut(dir, Deep("")+"/")
	return deep && strings.HasPrefix(source, tree+"0/")
}

// files adds the regular files of a mount, and returns their number.
func (v *View) files(service, source, target string, readOnly bool) (n int, err error) {
	err = filepath.WalkDir(source, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := os.Stat(at)
		if err != nil || !info.Mode().IsRegular() {
			return nil // a broken symlink, or a socket
		}
		content, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(source, at)
		name, ok := v.rel(at)
		if err != nil || !ok {
			return fmt.Errorf("%s is not in %s: %w", at, v.roots[0], err)
		}
		n++
		v.Files[service+" "+path.Join(target, filepath.ToSlash(rel))] = ViewedFile{
			Name: name, Alone: at == source, Digest: digest(content), Executable: info.Mode()&0o100 != 0, ReadOnly: readOnly,
		}
		return nil
	})
	if os.IsNotExist(err) {
		return 0, nil
	}
	return n, err
}

func digest(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content)) }

// Lost lists the files of the view, by name in the project's folder, that containers see
// differently in the other view, which must be of the same applications: with other content, or
// without the permission to execute or write.
func (v *View) Lost(other *View) []string {
	var lost []string
	for place, file := range v.Files {
		there, ok := other.Files[place]
		same := ok && there.Digest == file.Digest && (there.Executable || !file.Executable)
		if !same && !slices.Contains(lost, file.Name) {
			lost = append(lost, file.Name)
		}
	}
	slices.Sort(lost)
	return lost
}

// LostAlone lists the files that are mounted individually and are not there in another view, in
// which Docker would create folders in their places: containers start with those, or fail.
func (v *View) LostAlone(other *View) []string {
	var lost []string
	for place, file := range v.Files {
		if _, ok := other.Files[place]; !ok && file.Alone && !other.required[place] && !slices.Contains(lost, file.Name) {
			lost = append(lost, file.Name)
		}
	}
	slices.Sort(lost)
	return lost
}

// Changed describes the different mounts of the other view without files of the project's folder.
func (v *View) Changed(other *View) []string {
	var changed []string
	for place, mount := range v.Others {
		if other.Others[place] != mount && !other.hides[place] {
			changed = append(changed, place+": "+mount+" is "+other.Others[place])
		}
	}
	for place, mount := range other.Others {
		if _, ok := v.Others[place]; !ok && !v.hasBelow(place) {
			changed = append(changed, place+": there was no "+mount)
		}
	}
	slices.Sort(changed)
	return changed
}

// hasBelow reports whether a container has files of the project in a folder.
func (v *View) hasBelow(place string) bool {
	for file := range v.Files {
		if file == place || strings.HasPrefix(file, place+"/") {
			return true
		}
	}
	return false
}
