package carry

import (
	"path/filepath"
	"slices"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// Watched lists the paths, relative to dir, that docker compose watch monitors while an
// application is developed. Nothing else needs them, and they are not carried.
func Watched(m map[string]any, dir string, packaged []string, marks variables.Marks) []string {
	var paths []string
	for c := range place.Containers(m) {
		if !slices.Contains(packaged, c.Name) {
			continue
		}
		rules, _ := model.Get(c.Fields, model.Path{"develop", "watch"}).([]any)
		for _, rule := range rules {
			path, ok := model.Text(rule, model.Path{"path"})
			if !ok || path == "" {
				continue
			}
			if filepath.IsAbs(path) {
				path = nameIn(dir, path, marks)
			}
			paths = append(paths, filepath.ToSlash(filepath.Clean(marks.Show(path))))
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
