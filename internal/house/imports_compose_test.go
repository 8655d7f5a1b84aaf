package house

import "maps"

// composeRooms are compose and the rooms below it, in which a Compose file flows one way.
var composeRooms = map[string][]string{
	"compose": {
		"compose/internal/carry",
		"compose/internal/filegraph",
		"compose/internal/flatten",
		"compose/internal/loading",
		"compose/internal/localfile",
		"compose/internal/marks",
		"compose/internal/pinning",
		"compose/internal/place",
		"compose/internal/problem",
		"compose/internal/secret",
		"compose/internal/source",
		"compose/internal/tally",
		"compose/internal/variables",
		"compose/internal/yamlnode",
	},
	// Files that travel along.
	"compose/internal/carry": {
		"compose/internal/filegraph",
		"compose/internal/localfile",
		"compose/internal/model",
		"compose/internal/place",
		"compose/internal/problem",
		"compose/internal/source",
		"compose/internal/variables",
		"compose/internal/yamlnode",
	},
	// Files that name each other.
	"compose/internal/filegraph": {
		"compose/internal/localfile",
		"compose/internal/place",
		"compose/internal/problem",
		"compose/internal/quiet",
		"compose/internal/variables",
		"compose/internal/yamlnode",
	},
	// One Compose file of many.
	"compose/internal/flatten": {
		"compose/internal/carry",
		"compose/internal/filegraph",
		"compose/internal/loading",
		"compose/internal/localfile",
		"compose/internal/marks",
		"compose/internal/model",
		"compose/internal/problem",
		"compose/internal/variables",
	},
	// The Compose loader, guarded.
	"compose/internal/loading": {
		"compose/internal/localfile",
		"compose/internal/marks",
		"compose/internal/model",
		"compose/internal/problem",
		"compose/internal/quiet",
		"compose/internal/tally",
		"compose/internal/variables",
		"compose/internal/yamledit",
		"compose/internal/yamlnode",
	},
	// Files on disk, bounded.
	"compose/internal/localfile": {},
	// Characters that occur in no input.
	"compose/internal/marks": {},
	// The merged model, a tree.
	"compose/internal/model": {},
	// References edited or overridden.
	"compose/internal/pinning": {
		"compose/internal/loading",
		"compose/internal/model",
		"compose/internal/place",
		"compose/internal/source",
		"compose/internal/variables",
		"compose/internal/yamledit",
		"compose/internal/yamlnode",
	},
	// Where containers and images are.
	"compose/internal/place": {
		"compose/internal/model",
		"compose/internal/problem",
		"compose/internal/variables",
		"compose/internal/yamlnode",
	},
	// Errors with positions.
	"compose/internal/problem": {},
	// The loader's log, off.
	"compose/internal/quiet": {},
	// What looks like a secret.
	"compose/internal/secret": {
		"compose/internal/place",
		"compose/internal/problem",
		"compose/internal/yamlnode",
	},
	// The -f files and the environment.
	"compose/internal/source": {
		"compose/internal/localfile",
		"compose/internal/problem",
		"compose/internal/quiet",
	},
	// Loads and parses, counted.
	"compose/internal/tally": {},
	// Interpolation.
	"compose/internal/variables": {
		"compose/internal/marks",
		"compose/internal/quiet",
		"compose/internal/yamlnode",
	},
	// Scalars edited in a file.
	"compose/internal/yamledit": {
		"compose/internal/yamlnode",
	},
	// YAML files as nodes.
	"compose/internal/yamlnode": {
		"compose/internal/tally",
	},
}

func init() { maps.Copy(rooms, composeRooms) }
