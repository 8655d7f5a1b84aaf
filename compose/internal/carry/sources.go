package carry

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/mounts"
)

// isSource reports whether a container mounts the source of its own image, as developers do to
// see changes without building. An empty folder instead would hide the program.
func isSource(m mounts.Mount) bool {
	if m.Context == "" {
		return false
	}
	rel, err := filepath.Rel(m.Context, m.Path)
	if err != nil || rel == "." {
		return err == nil
	}
	return !isStatePath(filepath.ToSlash(rel)) && !isStatePath(m.Target)
}

// isStatePath reports whether a folder of a path has the name of a folder that programs write to.
func isStatePath(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return stateFolders[strings.TrimLeft(strings.ToLower(part), "._")] })
}

// stateFolders are names of folders, in a project or a container, with data that programs write.
// They are not source folders, even next to one.
var stateFolders = names(`data database databases db dbdata pgdata sqlite mysql mariadb postgres postgresql mongo mongodb redis elasticsearch
	storage store volumes volume state var run lib tmp temp cache caches log logs dump dumps backup backups export exports output outputs out results
	upload uploads download downloads media files attachments secrets certs certificates ssl tls keys letsencrypt acme models
	node_modules vendor venv target dist build`)

// toolFolders are names of folders that tools fill during development.
var toolFolders = names(`node_modules __pycache__ .venv venv .pytest_cache .mypy_cache .ruff_cache .gradle .next .nuxt .svelte-kit .cache .parcel-cache .terraform`)

// assets are the extensions of binary files that are part of the source of programs.
var assets = names(`.png .jpg .jpeg .gif .ico .webp .avif .bmp .woff .woff2 .ttf .otf .eot .pdf .mp3 .ogg .wav .mp4 .webm .wasm .jar .psd .icns`)

func names(list string) map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		all[name] = true
	}
	return all
}

// isAsset reports whether a binary file is part of the source of a program, or is mounted
// individually, as a logo is: programs write their state to files of other kinds.
func (c *carrier) isAsset(m mounts.Mount, file string) bool {
	return (isSource(m) || c.alone[file]) && assets[strings.ToLower(filepath.Ext(file))]
}

// toolFolder returns the folder made by a tool, inside a source folder, that contains a file; ""
// if there is none.
func toolFolder(root, file string) string {
	for dir := filepath.Dir(file); dir != root && localfile.Inside(root, dir); dir = filepath.Dir(dir) {
		if toolFolders[filepath.Base(dir)] {
			return dir
		}
	}
	return ""
}

// stateIn returns the folder with state of another container, inside a folder with sources, that
// contains a file; "" if there is none.
func (c *carrier) stateIn(m mounts.Mount, file string) string {
	for _, folder := range c.states {
		if folder != m.Path && localfile.Inside(m.Path, folder) && localfile.Inside(folder, file) {
			return folder
		}
	}
	return ""
}

// isState reports whether a mount is a folder that a container writes to.
func isState(m mounts.Mount) bool {
	return !m.ReadOnly && !isConfigFolder(m.Target) && !isSource(m)
}

// hasState reports whether a folder may have files that are written while the application runs:
// others than programs and, unless it is named like a folder with state, configuration. It stops at
// the first one, because folders with data can be large, and at one that this user may not read, as
// the data of a database often is.
func (c *carrier) hasState(m mounts.Mount) bool {
	target, err := filepath.EvalSymlinks(m.Path)
	if err != nil {
		return true
	}
	state := isStatePath(c.name(m.Path)) || isStatePath(path.Base(m.Target))
	written, empty := 0, true
	err = filepath.WalkDir(target, func(at string, entry fs.DirEntry, err error) error {
		extension := strings.ToLower(filepath.Ext(at))
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".git":
			return filepath.SkipDir
		case entry.IsDir(), entry.Name() == ".env", slices.Contains(c.Mains, at):
			return nil
		case neutral[entry.Name()]:
			empty = false
			return nil
		case !scripts[extension] && (state || !settings[extension]):
			return errState
		}
		written++
		return nil
	})
	return err != nil || written == 0 && !empty
}

// neutral are the names of files that do not show what a folder is for: they keep it in a
// repository, or belong to the project.
var neutral = names(`.gitkeep .gitignore .keep compose.yaml compose.yml docker-compose.yaml docker-compose.yml`)

var errState = errors.New("it may be state")

// visible removes the files of a folder that another mount of the container hides.
func visible(m mounts.Mount, all []found) []found {
	var deeper []string
	for target := range targets(m.Container) {
		if strings.HasPrefix(target, strings.TrimSuffix(path.Clean(m.Target), "/")+"/") {
			deeper = append(deeper, target)
		}
	}
	if len(deeper) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(f found) bool {
		rel, err := filepath.Rel(m.Path, f.path)
		at := path.Join(m.Target, filepath.ToSlash(rel))
		return err == nil && slices.ContainsFunc(deeper, func(target string) bool { return at == target || strings.HasPrefix(at, target+"/") })
	})
}
