package corpustest

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// upwards is how many folders above a project its paths can lead to.
const upwards = 8

// Deep is a folder below dir from which paths lead up without coming to dir.
func Deep(dir string) string {
	for i := range upwards {
		dir = filepath.Join(dir, strconv.Itoa(i))
	}
	return dir
}

// Model is a model as Docker Compose prints it for a project in dir, run with a home folder,
// without what depends on the two. Above dir are the folders that [Deep] makes.
func Model(config, dir, home string) string {
	if dir != "" {
		config = strings.ReplaceAll(config, dir, "/PROJECT")
		for i := range upwards {
			dir = filepath.Dir(dir)
			config = strings.ReplaceAll(config, dir, fmt.Sprintf("/UP%d", i+1))
		}
	}
	config = strings.ReplaceAll(config, home, "/HOME")
	// An anchored image is edited where the anchor is.
	config, _, _ = strings.Cut(config, "\nx-")
	return config
}
