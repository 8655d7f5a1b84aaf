package corpustest

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// upwards is the number of folders above a project that its paths can reach.
const upwards = 8

// Deep returns a folder so far below dir that relative paths from there don't reach dir.
func Deep(dir string) string {
	for i := range upwards {
		dir = filepath.Join(dir, strconv.Itoa(i))
	}
	return dir
}

// Model returns a model as printed by Docker Compose for a project in dir, run with a home
// folder, without the parts that depend on both. Above dir are the folders that [Deep] makes.
func Model(config, dir, home string) string {
	if dir != "" {
		config = strings.ReplaceAll(config, dir, "/PROJECT")
		for i := range upwards {
			dir = filepath.Dir(dir)
			config = strings.ReplaceAll(config, dir, fmt.Sprintf("/UP%d", i+1))
		}
	}
	config = strings.ReplaceAll(config, home, "/HOME")
	// An anchored image is edited at its anchor.
	config, _, _ = strings.Cut(config, "\nx-")
	return config
}
