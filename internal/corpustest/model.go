package corpustest

import (
	"fmt"
	"path/filepath"
	"regexp"
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

var (
	// mounted are the lines of a model whose paths keep their folders when it is flattened.
	mounted = regexp.MustCompile(`^\s*(- )?(source|context|device|dockerfile): `)
	// inProject is a path in the project's folder, at the end of a line.
	inProject = regexp.MustCompile(`^(.*(?:/PROJECT/|\bseccomp[:=]\./))(.+)$`)
)

// Flat is a [Model] in which the files of subfolders that are carried go under the names
// without a folder that a flattened project has for them.
func Flat(model string, carried []string) string {
	lines := strings.Split(model, "\n")
	for i, line := range lines {
		parts := inProject.FindStringSubmatch(line)
		if parts == nil || mounted.MatchString(line) {
			continue
		}
		for _, name := range carried {
			rest, ok := strings.CutPrefix(strings.ReplaceAll(parts[2], "/", "-"), name)
			if ok && strings.Trim(rest, `"'`) == "" {
				lines[i] = parts[1] + name + rest
			}
		}
	}
	return strings.Join(lines, "\n")
}
