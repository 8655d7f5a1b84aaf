package margo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/internal/tarball"
)

// Write returns an archive of files in a folder: [tarball.Write] with what Margo asks for.
func Write(folder string, files []File) ([]byte, error) {
	if folder == "" || folder == "." || folder == ".." || strings.ContainsAny(folder, `/\`) {
		return nil, fmt.Errorf("%q can't be the name of an archive's folder", folder)
	}
	if !slices.ContainsFunc(files, func(f File) bool { return f.Name == ComposeFile }) {
		return nil, fmt.Errorf("there is no %s", ComposeFile)
	}
	return tarball.Write(folder, files)
}
