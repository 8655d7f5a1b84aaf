package terminal

import (
	"cmp"
	"runtime"
	"runtime/debug"

	"github.com/ocompose/ocompose/internal/report"
)

// BuildInfo reads what the Go command recorded in the program.
func BuildInfo() report.Build {
	b := report.Build{Version: "devel", Commit: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	modified := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.Commit = cmp.Or(s.Value, b.Commit)
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "-modified"
		}
	}
	b.Commit += modified
	return b
}
