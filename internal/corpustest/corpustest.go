// Package corpustest reads folders of Compose projects for tests that compare Docker Compose's
// view of each project and of its composition.
//
// Every folder below the corpus is one project. A file corpus.json in it describes how to package
// it; without one it is packaged like `ocompose push` in that folder.
package corpustest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileName is the file in a project's folder that describes how to package it.
const FileName = "corpus.json"

// Host is the registry in the projects of this repository: an unreachable name that tests replace
// with their own registry in all files.
const Host = "registry.example.com"

// A Project is one folder of a corpus.
type Project struct {
	// Name is the folder's name and Dir its path.
	Name string `json:"-"`
	Dir  string `json:"-"`
	// About describes the purpose of the project.
	About string `json:"about"`
	// Files, ProjectDir, EnvFiles, Profiles and Images are the values of the flags with these
	// names, relative to Dir.
	Files      []string          `json:"files"`
	ProjectDir string            `json:"projectDir"`
	EnvFiles   []string          `json:"envFiles"`
	Profiles   []string          `json:"profiles"`
	Images     map[string]string `json:"images"`
	// WithEnv, WithFiles, Exclude and AllowSecrets are flags too.
	WithEnv      bool     `json:"withEnv"`
	WithFiles    bool     `json:"withFiles"`
	Exclude      []string `json:"exclude"`
	AllowSecrets bool     `json:"allowSecrets"`
	// Env are the variables for packaging and running, KEY=VALUE, and DeployEnv those for running
	// only.
	Env       []string `json:"env"`
	DeployEnv []string `json:"deployEnv"`
	// Stays are the files that containers mount and that are not packaged.
	Stays []string `json:"stays"`
	// Included are folders of Dir with compositions that the project includes from a registry, by
	// their names there: "library/db:1".
	Included map[string]string `json:"included"`
	// Registry is the host of the registry that has them, once they are there.
	Registry string `json:"-"`
	// Digests reports that images have digests that no registry has.
	Digests bool `json:"digests"`
}

// Read reads the projects in the folders below dir, by name.
func Read(dir string) ([]Project, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the corpus: %w", err)
	}
	var projects []Project
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		p := Project{Name: entry.Name(), Dir: filepath.Join(dir, entry.Name())}
		content, err := os.ReadFile(filepath.Join(p.Dir, FileName))
		if err == nil {
			err = json.Unmarshal(content, &p)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading the corpus: %s: %w", p.Dir, err)
		}
		projects = append(projects, p)
	}
	return projects, nil
}

// CopyTo copies the project's files and symlinks to a folder, with every mention of [Host] replaced.
func (p Project) CopyTo(dir, host string) error {
	return filepath.WalkDir(p.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(p.Dir, path)
		if err != nil || rel == FileName {
			return err
		}
		target := filepath.Join(dir, rel)
		info, err := entry.Info()
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case info.Mode()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		case !info.Mode().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, bytes.ReplaceAll(content, []byte(Host), []byte(host)), info.Mode().Perm())
	})
}
