package main

import (
	"cmp"
	"debug/buildinfo"
	"fmt"
	"os"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A program is ocompose for one platform, with its Go build information.
type program struct {
	platform v1.Platform
	content  []byte
	version  string
	revision string
	created  time.Time
}

// readProgram reads a program and verifies that it is for the platform and statically
// linked.
func readProgram(platform, path string) (program, error) {
	system, arch, _ := strings.Cut(platform, "/")
	content, err := os.ReadFile(path)
	if err != nil {
		return program{}, err
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return program{}, fmt.Errorf("reading how %s was built: %w", path, err)
	}
	recorded := map[string]string{}
	for _, s := range info.Settings {
		recorded[s.Key] = s.Value
	}
	for key, want := range map[string]string{"GOOS": system, "GOARCH": arch, "CGO_ENABLED": "0"} {
		if recorded[key] != want {
			return program{}, fmt.Errorf("%s was built with %s=%s, not %s", path, key, cmp.Or(recorded[key], "?"), want)
		}
	}
	created, err := time.Parse(time.RFC3339, recorded["vcs.time"])
	if err != nil {
		return program{}, fmt.Errorf("%s has no time of its commit: build it in a git checkout with -buildvcs=true", path)
	}
	return program{
		platform: v1.Platform{OS: system, Architecture: arch},
		content:  content,
		version:  strings.TrimPrefix(info.Main.Version, "v"),
		revision: recorded["vcs.revision"],
		created:  created.UTC(),
	}, nil
}
