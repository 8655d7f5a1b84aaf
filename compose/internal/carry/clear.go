package carry

import (
	"bytes"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ocompose/ocompose/compose/internal/mounts"
	"github.com/ocompose/ocompose/internal/filename"
)

// maxClear is the maximum size of a file in a mounted folder that is carried by default, in
// bytes.
const maxClear = 1 << 20

// clear returns the files of a mount that are clearly part of the application, without
// looking at their content.
func (c *carrier) clear(m mounts.Mount, name string, info fs.FileInfo, all []found, groups *stays) []found {
	if info.IsDir() && len(all) > 0 && !c.known[m.Path] && !areScripts(all) {
		groups.add(stayWritable, name)
		return nil
	}
	return slices.DeleteFunc(all, func(f found) bool {
		name, state := c.name(f.path), c.stateIn(m, f.path)
		switch {
		case state != "":
			groups.add(stayWritable, c.name(state))
		case isSource(m) && toolFolder(m.Path, f.path) != "":
			groups.add(stayTools, c.name(toolFolder(m.Path, f.path)))
		case c.Ignored != nil && c.Ignored(name, false) != "":
			groups.add(stayIgnored, name)
		case f.size > maxClear && info.IsDir(): // without one of its files, a container does not start
			groups.add(stayLarge, name)
		case filename.IsHidden(name, isExecutable(f.mode)):
			groups.add(stayHidden, name)
		case !c.WithEnv && isEnvFile(f.path):
			groups.add(stayEnv, name)
		default:
			return false
		}
		return true
	})
}

// unclear returns why the content of a file is not clearly part of the application, or "".
func (c *carrier) unclear(m mounts.Mount, file string, content []byte) stay {
	switch {
	case !m.ReadOnly && !isText(content) && !c.isAsset(m, file):
		return stayWritable
	case c.HasSecret != nil && c.HasSecret(c.name(file), content):
		return staySecret
	}
	return ""
}

// isText reports whether content is text.
func isText(content []byte) bool {
	return utf8.Valid(content) && !bytes.ContainsRune(content, 0)
}

// isEnvFile reports whether a file has variables to set at deployment.
func isEnvFile(path string) bool {
	base := filepath.Base(path)
	return base == ".env" || strings.HasPrefix(base, ".env.") && base != ".env.example" || strings.HasSuffix(base, ".env")
}

// isConfigFolder reports whether a folder of a container holds configuration or other data
// which programs read and do not write: below /etc and /usr/share, and the folders from which
// entrypoints run scripts.
//
// See https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch03s07.html and
// https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch04.html.
func isConfigFolder(target string) bool {
	target = path.Clean(target)
	switch {
	case strings.HasPrefix(target, "/etc/"), strings.HasPrefix(target, "/usr/local/etc/"), strings.Contains(path.Base(target), "entrypoint"):
		return true
	case strings.HasPrefix(target, "/usr/share/"):
		return !isStatePath(target) // some images keep all content there
	}
	return false
}

// areScripts reports whether all files of a folder are programs, which are not written while the
// application runs.
func areScripts(all []found) bool {
	return !slices.ContainsFunc(all, func(f found) bool { return !scripts[strings.ToLower(filepath.Ext(f.path))] })
}

// scripts are the extensions of programs that are text.
var scripts = names(`.sh .bash .sql .py .rb .pl .lua .js .mjs .ts .php .groovy`)

// A stay is the reason why mounted files are not packaged.
type stay string

// The reasons, as in warnings.
const (
	stayUnasked  stay = "mounted files are not packaged"
	stayWritable stay = "mounted folders and binary files that containers may write to are not packaged without --with-files"
	stayIgnored  stay = "mounted files that .gitignore or .dockerignore excludes are not packaged without --with-files"
	stayTools    stay = "output of tools in mounted source folders is not packaged without --with-files"
	stayLarge    stay = "files of more than 1 MiB in mounted folders are not packaged without --with-files"
	stayHidden   stay = "mounted files that other programs read automatically are not packaged without --with-files"
	stayEnv      stay = "mounted env files are not packaged without --with-env"
	staySecret   stay = "mounted files with values that look like secrets are not packaged without --allow-secrets"
	stayArchived stay = "bind mounts are not packaged, and must exist on the deployment host"
	stayProject  stay = "files of the project itself are not packaged as mounted files"
)

// stays are the names of files that are not packaged, by reason.
type stays struct {
	order []stay
	names map[stay][]string
}

func (s *stays) add(reason stay, name string) {
	if s.names == nil {
		s.names = map[stay][]string{}
	}
	if s.names[reason] == nil {
		s.order = append(s.order, reason)
	}
	if !slices.Contains(s.names[reason], name) {
		s.names[reason] = append(s.names[reason], name)
	}
}

// omit leaves out the names that another mount has packaged after all.
func (s *stays) omit(packaged func(name string) bool) {
	for reason, names := range s.names {
		s.names[reason] = slices.DeleteFunc(names, packaged)
	}
}

// warnings returns a warning for each reason.
func (s *stays) warnings(asked Mounted) []string {
	var all []string
	for _, reason := range s.order {
		if reason == stayUnasked && asked == MountedNone || len(s.names[reason]) == 0 {
			continue // as requested
		}
		all = append(all, string(reason)+": "+list(s.names[reason]))
	}
	return all
}
