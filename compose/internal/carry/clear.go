package carry

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ocompose/ocompose/compose/internal/mounts"
	"github.com/ocompose/ocompose/internal/filename"
)

// maxClear is the size, in bytes, of files whose beginning decides whether they are text: data that
// programs write is large.
const maxClear = 64 << 10

// clear returns the files of a mount that are clearly part of the application. Of large files, it
// reads the beginning.
func (c *carrier) clear(m mounts.Mount, info fs.FileInfo, all []found, groups *stays) []found {
	return slices.DeleteFunc(all, func(f found) bool {
		name, state := c.name(f.path), c.stateIn(m, f.path)
		switch {
		case state != "":
			groups.add(stayWritable, c.name(state))
		case isSource(m) && toolFolder(m.Path, f.path) != "":
			groups.add(stayTools, c.name(toolFolder(m.Path, f.path)))
		case c.isIgnored(name):
			groups.add(stayIgnored, name)
		case f.size > maxClear && info.IsDir() && !m.ReadOnly && !c.isAsset(m, f.path) && !beginsWithText(f.path):
			groups.add(stayWritable, name)
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

// isIgnored reports whether a file of the project is ignored.
func (c *carrier) isIgnored(name string) bool {
	ignored, known := c.ignored[name]
	if !known {
		ignored = c.Ignored != nil && c.Ignored(name, false) != ""
		c.ignored[name] = ignored
	}
	return ignored
}

// beginsWithText reports whether the beginning of a file is text. It is true for a file that can't
// be read, which is reported later.
func beginsWithText(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true
	}
	defer f.Close()
	start := make([]byte, 8<<10)
	n, _ := io.ReadFull(f, start)
	return !bytes.ContainsRune(start[:n], 0)
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

// settings are the extensions of configuration and documents, which people write.
var settings = names(`.yml .yaml .json .toml .ini .conf .cfg .cnf .properties .xml .hcl .rules .ldif .vcl .tmpl .tpl .template .j2 .mustache .html .htm .css .svg .md`)

// scripts are the extensions of programs that are text.
var scripts = names(`.sh .bash .sql .py .rb .pl .lua .js .mjs .ts .php .groovy`)
