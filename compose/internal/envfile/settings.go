package envfile

import (
	"bytes"
	"slices"
	"strings"
)

// replacing are the variables with which Docker Compose runs other Compose files or images
// than those in a folder, if the .env file of the folder sets them.
//
// See https://docs.docker.com/compose/how-tos/environment-variables/envvars/.
var replacing = []string{"COMPOSE_FILE", "COMPOSE_RELAY_IMAGE"}

// Replacing returns the variables of an .env file with which Docker Compose runs other Compose
// files or images than those in the folder.
func Replacing(content []byte) []string {
	vars, err := Parse(nil, File{Content: content})
	var found []string
	for name := range vars {
		if name = strings.ToUpper(name); slices.Contains(replacing, name) {
			found = append(found, name)
		}
	}
	for _, name := range replacing {
		if err != nil && bytes.Contains(bytes.ToUpper(content), []byte(name)) {
			found = append(found, name) // another version may support it
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
