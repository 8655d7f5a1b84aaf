package compose

import (
	"crypto/sha256"
	"path"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/carry"
	"github.com/ocompose/ocompose/compose/internal/filegraph"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/secret"
)

// checkSecrets looks for secrets in everything to package: the project's files, the carried
// files, and the values that flattening takes from env files. It returns an error for each
// secret that is not allowed, and adds warnings to the project.
func (l *loaded) checkSecrets(p *Project, result carry.Result, given map[string]string) []error {
	finder := secret.NewFinder(l.names()...)
	// The same file can be listed several times; check its bytes only once.
	looked := map[string]bool{}
	for _, f := range l.graph.Files {
		if f.Role == filegraph.EnvFile || looked[f.Path] || f.Ref != "" && !l.flattened {
			continue
		}
		looked[f.Path] = true
		for _, document := range f.Documents {
			finder.Document(f.Name, document)
		}
		if !l.flattened { // which drops comments
			finder.Comments(f.Name, f.Content)
		}
	}
	for _, file := range result.Files {
		if !looked[file.Path] {
			finder.Add(l.search(file.Source, file.Content))
		}
	}
	finder.Given(given, l.envFiles())
	errs, warnings := l.allowedSecrets().Judge(finder.Findings())
	p.Warnings = append(p.Warnings, warnings...)
	return errs
}

// names are those of the project and of what runs in it: of services, jobs and the programs
// in their images.
func (l *loaded) names() []string {
	m := l.basis.model
	names := append([]string{m.Name}, place.Names(m.Tree, l.opts.Profiles)...)
	for image := range place.Images(m.Tree, l.basis.in.Marks.Unset) {
		repository, _, _ := strings.Cut(image.Ref, "@")
		program, _, _ := strings.Cut(path.Base(repository), ":")
		names = append(names, program)
	}
	return names
}

// envFiles returns the env files of includes.
func (l *loaded) envFiles() []secret.EnvFile {
	var files []secret.EnvFile
	for _, f := range l.graph.Files {
		if f.Role == filegraph.EnvFile {
			files = append(files, secret.EnvFile{Name: f.Name, Content: f.Content})
		}
	}
	return files
}

func (l *loaded) allowedSecrets() secret.Allowed {
	return secret.Allowed{All: l.opts.AllowSecrets, Names: l.opts.AllowSecret}
}

// hasSecret reports whether a file has a secret that is not allowed.
func (l *loaded) hasSecret(name string, content []byte) bool {
	finder := secret.NewFinder(l.names()...)
	finder.Add(l.search(name, content))
	errs, _ := l.allowedSecrets().Judge(finder.Findings())
	return len(errs) > 0
}

// search looks for secrets in a file, once for each content.
func (l *loaded) search(name string, content []byte) *secret.Finder {
	key := searchKey{name, sha256.Sum256(content)}
	found, ok := l.searched[key]
	if !ok {
		found = l.searcher.Search(name, content)
		l.searched[key] = found
	}
	return found
}

// A searchKey is a file by its name, which decides how it is read, and the digest of its content.
type searchKey struct {
	name   string
	digest [sha256.Size]byte
}
