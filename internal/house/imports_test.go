package house

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rooms lists each room with the rooms that it may import. A room is a folder
// with everything below it that is no room of its own.
var rooms = map[string][]string{
	".":        {"commands"},
	"commands": {"artifact", "compose", "referrers", "internal/action", "internal/archive", "internal/store", "internal/unpack", "internal/report", "internal/remote", "internal/transfer", "internal/registry", "internal/progress"},
	// What the commands do.
	"internal/action": {"artifact", "compose", "referrers", "internal/archive", "internal/store", "internal/unpack", "internal/report", "internal/remote", "internal/graph", "internal/transfer", "internal/limits"},
	// The format: pure, without network and disk.
	"artifact": {"compose", "internal/limits"},
	// Compose files, and nothing of registries.
	"compose": {},
	// What packages are in.
	"internal/store":    {"artifact", "referrers", "internal/archive", "internal/remote", "internal/filelock", "internal/limits"},
	"internal/archive":  {"internal/filelock"},
	"internal/unpack":   {"artifact", "compose", "internal/filelock"},
	"internal/report":   {"compose"},
	"internal/filelock": {},
	// The numbers that bound what others can make the program do.
	"internal/limits": {},
	// Subjects and what refers to them, and nothing of Compose.
	"referrers":         {"internal/remote", "internal/limits"},
	"internal/transfer": {"internal/graph", "internal/store", "internal/remote"},
	"internal/graph":    {"artifact", "internal/store", "internal/remote", "internal/limits"},
	"internal/remote":   {"internal/limits"},
	"internal/registry": {},
	"internal/progress": {"internal/remote", "internal/transfer"},
	// Programs for those who work on this one.
	"hack": {"commands", "artifact", "compose", "referrers", "internal/remote", "internal/transfer", "internal/registry", "internal/progress"},

	// Rooms for tests, which the program's rooms don't enter.
	"internal/tooltest":              {},
	"internal/composetest":           {"internal/tooltest"},
	"internal/corpustest":            {},
	"internal/enginetest":            {"internal/tooltest"},
	"internal/registry/registrytest": {"internal/registry"},
	"internal/registry/realtest":     {"internal/tooltest"},
	"internal/house":                 {},
	"e2e":                            {"commands", "artifact", "compose", "internal/remote", "internal/tooltest"},
}

// owners lists the modules that one room, with the rooms below it, alone may import, so
// that they can be replaced there.
var owners = map[string]string{
	"github.com/urfave/cli":                 "commands",
	"github.com/compose-spec/compose-go":    "compose",
	"gopkg.in/yaml.v3":                      "compose",
	"go.yaml.in/yaml":                       "compose",
	"github.com/DefangLabs/secret-detector": "compose/internal/secret",
}

// barred lists what a room, and the rooms below it, must not import besides.
var barred = map[string][]string{
	"compose":  {"net/http", "github.com/google/go-containerregistry/pkg/v1/remote"},
	"artifact": {"net/http", "github.com/google/go-containerregistry/pkg/v1/remote"},
}

// testing libraries have no place in the program, but for the test rooms.
var testLibraries = []string{"testing", "net/http/httptest", "github.com/stretchr/testify", "github.com/rogpeppe/go-internal/testscript"}

func TestImports(t *testing.T) {
	t.Parallel()
	edges := imports(t, files(t))
	require.Contains(t, edges, edge{"internal/composetest", "internal/tooltest"}, "the imports are not read as they are")
	require.Empty(t, violations(edges))
}

// TestRoomsHaveOneDirection: the table itself allows no cycle between rooms,
// which the compiler would accept as long as no two packages import each other.
func TestRoomsHaveOneDirection(t *testing.T) {
	t.Parallel()
	require.Empty(t, cycle(rooms))
	require.NotEmpty(t, cycle(map[string][]string{"a": {"b"}, "b": {"c"}, "c": {"a"}}))
	for room, may := range rooms {
		for _, other := range may {
			require.Contains(t, rooms, other, "%s may import a room that does not exist", room)
		}
	}
}

// TestImportRulesCanFail shows each rule an import that it must not let pass.
func TestImportRulesCanFail(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		edge edge
		ok   bool
	}{
		{"downwards", edge{"commands", "artifact"}, true},
		{"inside a room", edge{"compose/testkit", "compose"}, true},
		{"the standard library", edge{"internal/remote", "net/http"}, true},
		{"an owner", edge{"commands", "github.com/urfave/cli/v2"}, true},
		{"upwards", edge{"artifact", "commands"}, false},
		{"sideways", edge{"referrers", "compose"}, false},
		{"sideways back", edge{"compose", "referrers"}, false},
		{"the room's inner packages too", edge{"referrers", "compose/inner"}, false},
		{"from inner packages too", edge{"compose/inner", "artifact"}, false},
		{"main reaches past commands", edge{".", "artifact"}, false},
		{"another's library", edge{"artifact", "github.com/urfave/cli/v2"}, false},
		{"another's library, other major", edge{"commands", "go.yaml.in/yaml/v4"}, false},
		{"the format on the network", edge{"artifact", "net/http"}, false},
		{"compose on the network", edge{"compose", "net/http"}, false},
		{"a room of compose on the network", edge{"compose/internal/loading", "net/http"}, false},
		{"a room of compose upwards", edge{"compose/internal/model", "compose/internal/pinning"}, false},
		{"an owner's room", edge{"compose/internal/loading", "github.com/compose-spec/compose-go/v2/loader"}, true},
		{"a test room", edge{"artifact", "internal/registry/registrytest"}, false},
		{"a test library", edge{"commands", "github.com/stretchr/testify/require"}, false},
		{"package testing", edge{"internal/registry", "testing"}, false},
		{"a test room's library", edge{"internal/registry/registrytest", "testing"}, true},
		{"a new room", edge{"internal/new", "fmt"}, false},
	} {
		if test.ok {
			require.Empty(t, violations([]edge{test.edge}), test.name)
		} else {
			require.Len(t, violations([]edge{test.edge}), 1, test.name)
		}
	}
}

// violations says what is wrong with each import that breaks a rule.
func violations(edges []edge) []string {
	var wrong []string
	for _, e := range edges {
		if reason := e.wrong(); reason != "" {
			wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", e.from, e.to, reason))
		}
	}
	slices.Sort(wrong)
	return slices.Compact(wrong)
}

func (e edge) wrong() string {
	from, ok := roomOf(e.from)
	if !ok {
		return "a new room has to be in the table of rooms"
	}
	if to, ours := roomOf(e.to); ours && to != from && !slices.Contains(rooms[from], to) {
		return fmt.Sprintf("room %s may not import room %s", from, to)
	}
	for library, owner := range owners {
		if within(e.to, library) && !within(from, owner) {
			return fmt.Sprintf("only room %s imports %s", owner, library)
		}
	}
	for room, paths := range barred {
		for _, path := range paths {
			if within(from, room) && within(e.to, path) {
				return fmt.Sprintf("room %s does without %s", room, path)
			}
		}
	}
	for _, path := range testLibraries {
		if within(e.to, path) && !forTests(from) {
			return "the program does without testing libraries"
		}
	}
	return ""
}

// forTests says whether a room is for tests alone.
func forTests(room string) bool {
	return strings.HasSuffix(room, "test") || room == "e2e" || room == "internal/house"
}

// roomOf returns the room that a package of this module belongs to.
func roomOf(pkg string) (string, bool) {
	for path := pkg; path != ""; path = path[:max(0, strings.LastIndexByte(path, '/'))] {
		if _, ok := rooms[path]; ok {
			return path, true
		}
	}
	return "", false
}

func within(pkg, path string) bool {
	return pkg == path || strings.HasPrefix(pkg, path+"/")
}

// cycle returns a way through the table that comes back to where it began.
func cycle(table map[string][]string) []string {
	var walk func(room string, way []string) []string
	walk = func(room string, way []string) []string {
		if at := slices.Index(way, room); at >= 0 {
			return append(way[at:], room)
		}
		for _, next := range table[room] {
			if found := walk(next, append(slices.Clone(way), room)); found != nil {
				return found
			}
		}
		return nil
	}
	for _, room := range slices.Sorted(maps.Keys(table)) {
		if found := walk(room, nil); found != nil {
			return found
		}
	}
	return nil
}
