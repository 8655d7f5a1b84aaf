package commands

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// build is what the program knows of its own making. Its JSON is a contract.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// buildInfo reads what the Go command recorded in the program.
func buildInfo() build {
	b := build{Version: "devel", Commit: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
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
	return &cli.Command{
		Name:  "version",
		Usage: "print the version, the commit and the Go version",
		Flags: outputFlags("json"),
		Action: t.local("json", "", func(c call) error {
			b := buildInfo()
			if c.format == "json" {
				return t.printJSON(b)
			}
			return t.print(fmt.Sprintf("ocompose %s, commit %s, %s, %s", b.Version, b.Commit, b.Go, b.Platform))
		}),
	}
}
