package flatten

import (
	"fmt"
	"strings"
)

// volumePlaces are the places of a model that hold the mounts of services.
var volumePlaces = [][]string{{"services", "*", "volumes", "*"}}

// shortMount is the short form of a mount, SOURCE:TARGET:MODE, if it has one.
//
// See https://github.com/compose-spec/compose-spec/blob/main/05-services.md#short-syntax-5.
func shortMount(mount map[string]any) (string, bool) {
	var parts, modes []string
	for key, value := range mount {
		switch key {
		case "type", "source", "target":
		case "read_only":
			if isTrue(value) {
				modes = append(modes, "ro")
			}
		case "bind":
			if options, ok := value.(map[string]any); !ok || len(options) != 1 {
				return "", false
			}
		case "volume":
			if options, ok := value.(map[string]any); !ok || len(options) > 0 {
				return "", false
			}
		default:
			return "", false
		}
	}
	source, hasSource := mount["source"].(string)
	target, _ := mount["target"].(string)
	switch mount["type"] {
	case "bind":
		options, _ := mount["bind"].(map[string]any)
		if !isTrue(options["create_host_path"]) || !strings.HasPrefix(source, ".") && !isHostPath(source) {
			return "", false // the short form creates the folder
		}
	case "volume":
	default:
		return "", false
	}
	if target == "" || strings.Contains(source+target, ":") || !hasSource && len(modes) > 0 {
		return "", false // a variable may have a colon, too
	}
	if hasSource {
		parts = append(parts, source)
	}
	return strings.Join(append(append(parts, target), modes...), ":"), true
}

// isTrue tells whether a value of the model is true; the loader has types of its own.
func isTrue(value any) bool { return fmt.Sprint(value) == "true" }
