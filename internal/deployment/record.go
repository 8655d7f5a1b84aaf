package deployment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// recordName is the name of a folder's record.
const recordName = ".ocompose.json"

// recordLimit is the maximum size of a record in bytes.
const recordLimit = 16 << 20

// A Record describes the composition in a folder.
type Record struct {
	// Repository is the origin, without tag and digest.
	Repository string `json:"repository"`
	// Reference is the reference that was deployed, such as REPOSITORY:TAG.
	Reference string `json:"reference"`
	// Digest is the digest of the composition, and Platform its platform, if it has one.
	Digest   v1.Hash `json:"digest"`
	Platform string  `json:"platform,omitempty"`
	// Project is the name under which Docker Compose runs it.
	Project string `json:"project"`
	// EnvFiles and Profiles are the selected ones.
	EnvFiles []string `json:"envFiles,omitempty"`
	Profiles []string `json:"profiles,omitempty"`
	// Files are the files of the composition, in the order of its layers.
	Files []File `json:"files"`
}

// A File is a file of the composition.
type File struct {
	// Name is the path below the folder, with slashes.
	Name   string  `json:"name"`
	Digest v1.Hash `json:"digest"`
	// Compose is set for files that are passed to Docker Compose with -f.
	Compose bool `json:"compose,omitempty"`
}

// ComposeFiles returns the paths below dir to pass to Docker Compose with -f, in order.
func (r Record) ComposeFiles(dir string) []string {
	var paths []string
	for _, f := range r.Files {
		if f.Compose {
			paths = append(paths, filepath.Join(dir, filepath.FromSlash(f.Name)))
		}
	}
	return paths
}

// readRecord reads the record of a folder, or returns nil if there is none.
func readRecord(dir string) (*Record, error) {
	path := filepath.Join(dir, recordName)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > recordLimit {
		return nil, fmt.Errorf("%s is too large: %d bytes", path, info.Size())
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, err := parseRecord(content)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return r, nil
}

// parseRecord parses a record. The names in it must be below the folder.
func parseRecord(content []byte) (*Record, error) {
	var r Record
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, err
	}
	if r.Digest == (v1.Hash{}) || r.Reference == "" || r.Project == "" {
		return nil, errors.New("it is not an ocompose record")
	}
	for _, f := range r.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Name)) || strings.Contains(f.Name, `\`) {
			return nil, fmt.Errorf("the name %q is outside the folder", f.Name)
		}
	}
	return &r, nil
}

// write writes the record atomically.
func (r Record) write(dir string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, recordName+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // once it is renamed, there is nothing to remove
	_, err = f.Write(append(content, '\n'))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, recordName))
}
