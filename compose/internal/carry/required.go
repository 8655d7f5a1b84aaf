package carry

import (
	"path"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/mounts"
	"github.com/ocompose/ocompose/compose/internal/override"
)

// require makes a missing file that is mounted individually and not packaged, or a missing folder
// that can't be packaged, an error on the deployment host. Docker would otherwise create an empty
// folder and start the container.
func (c *carrier) require(m mounts.Mount) {
	if !isFile(m.Path) && !c.refused[m.Path] || m.Bound != "" || c.AsIs || c.Archived || c.ShortVolumes {
		return
	}
	create := model.Path{"bind", "create_host_path"}
	if value := model.Get(m.Fields, create); value == false || value == "false" {
		return
	}
	if _, ok := model.Text(m.Fields, model.Path{"bind", "selinux"}); !ok {
		c.lasting = append(c.lasting, override.Change{At: m.At().Join(create...), Value: false})
		return
	}
	c.requireBeside(m, m.Path)
}

// requireBeside adds a second mount of a file or folder, which fails if the host does not have it.
// Docker labels only mounts whose source it may create, so the first mount can't fail.
func (c *carrier) requireBeside(m mounts.Mount, file string) {
	name, list := c.name(file), m.Container.At().Join("volumes")
	if c.seconds[list.Key()+name] {
		return
	}
	c.seconds[list.Key()+name] = true
	target := path.Join(requiredFolder, strings.ReplaceAll(name, "../", "up/"))
	for used := targets(m.Container); used[target]; {
		target += "-2"
	}
	c.lasting = append(c.lasting, override.Change{At: list, How: override.Add, Value: map[string]any{
		"type": "bind", "source": "./" + name, "target": target, "read_only": true,
		"bind": map[string]any{"create_host_path": false},
	}})
}

// requiredFolder is the folder of a container with second mounts of files.
const requiredFolder = "/run/required"
