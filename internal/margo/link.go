package margo

import (
	"archive/tar"
	"errors"
	"fmt"
	"path"
	"strings"
)

// maxHops is how many links lead to a file at most.
const maxHops = 40

// errCircle is that links lead to each other.
var errCircle = errors.New("too many links lead to each other")

// A link is an entry that leads to another one. Both names are full.
type link struct {
	name, target string
}

// link takes a link. Where it leads is looked up when everything is there.
func (r *reader) link(header *tar.Header, name string) error {
	target := header.Linkname
	if path.IsAbs(target) {
		return fmt.Errorf("its link %q leads out of its folder", header.Name)
	}
	if header.Typeflag == tar.TypeLink {
		file, ok := r.files[path.Clean(target)]
		if !ok || hasParent(target) {
			return fmt.Errorf("its hard link %q leads to no file before it", header.Name)
		}
		return r.copyFile(r.archive.Files[file], name)
	}
	r.links = append(r.links, link{name, target})
	return nil
}

// A linked is an archive whose symbolic links are looked up.
type linked struct {
	*reader
	// real are the files that are no symbolic links, and targets are of the links.
	real    []File
	targets map[string]string
	folders map[string]bool
}

// resolveLinks adds a copy of what each symbolic link leads to, under the name of the link.
func (r *reader) resolveLinks() error {
	if len(r.links) == 0 {
		return nil
	}
	l := linked{reader: r, real: r.archive.Files, targets: map[string]string{}, folders: map[string]bool{}}
	for _, link := range r.links {
		l.targets[link.name] = link.target
	}
	for name, isFile := range r.seen {
		if !isFile {
			l.folders[name] = true
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, ok := l.targets[dir]; ok {
				return fmt.Errorf("it has %q as a link and as a folder", dir)
			}
			l.folders[dir] = true
		}
	}
	for _, link := range r.links {
		if err := l.expand(link, link.name, 0); err != nil {
			return fmt.Errorf("its link %q: %w", link.name, err)
		}
	}
	return nil
}

// expand adds what a link leads to under a name: a file, or all that is in a folder. Each link
// counts as an entry, so that few of them don't make many.
func (l *linked) expand(from link, name string, depth int) error {
	if l.entries++; l.entries > l.limits.entries {
		return fmt.Errorf("it has more than %d entries", l.limits.entries)
	}
	if depth > maxHops {
		return errCircle
	}
	target, err := l.follow(from)
	if err != nil {
		return err
	}
	if i, ok := l.files[target]; ok {
		return l.copyFile(l.archive.Files[i], name)
	}
	within := target + "/"
	for _, f := range l.real {
		if below, ok := strings.CutPrefix(l.full(f.Name), within); ok {
			if err := l.copyFile(f, path.Join(name, below)); err != nil {
				return err
			}
		}
	}
	for _, inner := range l.links {
		if below, ok := strings.CutPrefix(inner.name, within); ok {
			if err := l.expand(inner, path.Join(name, below), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow returns the full name of the file or folder that a link leads to, by way of other
// links, without leaving the folder.
func (l *linked) follow(from link) (string, error) {
	at, rest := path.Dir(from.name), strings.Split(from.target, "/")
	for hops := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if at == l.archive.Folder {
				return "", errors.New("it leads out of its folder")
			}
			at = path.Dir(at)
			continue
		}
		at = path.Join(at, part)
		if target, ok := l.targets[at]; ok {
			if hops++; hops > maxHops {
				return "", errCircle
			}
			at, rest = path.Dir(at), append(strings.Split(target, "/"), rest...)
		}
	}
	if _, ok := l.files[at]; !ok && !l.folders[at] {
		return "", errors.New("it leads to nothing")
	}
	return at, nil
}

// full is the name of a file with that of the folder.
func (r *reader) full(name string) string { return r.archive.Folder + "/" + name }

// copyFile adds a file again, under another full name. The content is there once.
func (r *reader) copyFile(f File, full string) error {
	if r.size += int64(len(f.Content)); r.size > r.limits.content {
		return &tooLargeError{r.limits.content}
	}
	if len(r.archive.Files) >= r.limits.entries {
		return fmt.Errorf("it has more than %d entries", r.limits.entries)
	}
	r.add(f, full)
	return nil
}

// add adds a file under its full name.
func (r *reader) add(f File, full string) {
	f.Name = strings.TrimPrefix(full, r.archive.Folder+"/")
	r.files[full] = len(r.archive.Files)
	r.archive.Files = append(r.archive.Files, f)
}
