package commands

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/report"
)

// buildInfo reads what the Go command recorded in the program.
func buildInfo() report.Build {
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

func newVersion(t *terminal) *cli.Command {
	return t.build(command{
		name:     "version",
		usage:    "print the version, the commit and the Go version",
		examples: []string{"ocompose version"},
		formats:  []string{"json"},
		document: report.Build{},
		local:    true,
		run: func(c call) error {
			b := buildInfo()
			if c.format == "json" {
				return t.printJSON(b)
			}
			return t.print(fmt.Sprintf("ocompose %s, commit %s, %s, %s", b.Version, b.Commit, b.Go, b.Platform))
		},
	})
}
