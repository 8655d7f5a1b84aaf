package flags

import (
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/reference"
	"github.com/ocompose/ocompose/internal/store"
)

// Standard is the file that is standard input or output.
const Standard = "-"

// IsFileReference tells whether an argument that may be a reference to a registry names a
// file instead.
func IsFileReference(arg string) bool {
	for _, prefix := range []string{store.ArchivePrefix, "./", "../", "/"} {
		if strings.HasPrefix(arg, prefix) {
			return true
		}
	}
	return false
}

// IsLocal tells whether an argument names a package in a file or an image layout.
func IsLocal(arg string) bool {
	return IsFileReference(arg) || strings.HasPrefix(arg, store.LayoutPrefix)
}

// LooksLikeFile tells whether an argument is rather the name of a file than a reference.
func LooksLikeFile(arg string) bool {
	if IsFileReference(arg) {
		return true
	}
	for _, end := range []string{".tar", ".tar.gz", ".tgz", ".tar.zst", ".yaml", ".yml", ".json"} {
		if strings.HasSuffix(arg, end) && !strings.Contains(arg, ":") {
			return true
		}
	}
	return false
}

// NamesRegistry tells whether an argument is a reference that begins with the host of a
// registry.
func NamesRegistry(arg string) bool {
	host, _, found := strings.Cut(arg, "/")
	_, err := reference.Parse(arg)
	return found && err == nil && host != "." && host != ".." && (strings.ContainsAny(host, ".:") || host == "localhost")
}

// ParseRegistry reads the registry that a command is about: Docker Hub without one.
func ParseRegistry(args []string) (name.Registry, error) {
	if len(args) == 0 {
		return name.NewRegistry(name.DefaultRegistry)
	}
	err := reference.CheckHost(args[0])
	if err == nil {
		var registry name.Registry
		if registry, err = name.NewRegistry(args[0]); err == nil {
			return registry, nil
		}
	}
	return name.Registry{}, usage.Insteadf("registry %q: %v", reference.Shown(args[0]), err)
}

// ParseReference reads a reference to a registry.
func ParseReference(arg string) (name.Reference, error) {
	ref, err := reference.Parse(arg)
	switch {
	case err != nil && LooksLikeFile(arg) && !IsFileReference(arg):
		return nil, usage.Insteadf("%v; a file is written ./%s", err, arg)
	case err != nil:
		return nil, usage.Insteadf("%v", err)
	}
	return ref, nil
}

// checkReference checks a reference that is the value of a flag.
func checkReference(ref string) error {
	_, err := reference.Parse(ref)
	return err
}

// ParseTarget reads where something is to be pushed: a repository, and the tag if one is
// written.
func ParseTarget(arg string) (name.Repository, string, error) {
	if named, digest, _ := strings.Cut(arg, "@"); strings.HasPrefix(digest, "sha256:") {
		return name.Repository{}, "", usage.Insteadf("reference %q: leave out the digest, which the composition gets by itself: write %s", arg, named)
	}
	if LooksLikeFile(arg) && !NamesRegistry(arg) {
		return name.Repository{}, "", usage.Insteadf("reference %q: it names a file: ocompose save REF %s writes one", arg, arg)
	}
	ref, err := ParseReference(arg)
	if err != nil {
		return name.Repository{}, "", err
	}
	if _, alone := WrittenAlone(arg); alone {
		return ref.Context(), "", nil
	}
	return ref.Context(), ref.Identifier(), nil
}

// WrittenAlone tells whether a reference was written without a tag and a digest, and
// returns what was written before them.
func WrittenAlone(arg string) (string, bool) {
	named, _, pinned := strings.Cut(arg, "@")
	if tag, err := name.NewTag(strings.TrimPrefix(named, "oci://")); err == nil && strings.HasSuffix(named, ":"+tag.TagStr()) {
		return strings.TrimSuffix(named, ":"+tag.TagStr()), false
	}
	return named, !pinned
}

// SplitTags reads a reference with several tags, REPOSITORY:TAG,TAG. It returns the
// reference with the first tag, and the other tags.
func SplitTags(arg string) (first string, others []string, err error) {
	i := strings.LastIndexByte(arg, ':')
	if i < 0 || strings.ContainsAny(arg[i:], `/\@`) || !strings.Contains(arg[i:], ",") {
		return arg, nil, nil
	}
	tags := strings.Split(arg[i+1:], ",")
	for i, tag := range tags {
		if slices.Contains(tags[:i], tag) {
			return "", nil, usage.Insteadf("reference %q: it has the tag %s twice", reference.Shown(arg), tag)
		}
		if err := reference.CheckTag(tag); err != nil {
			return "", nil, usage.Insteadf("reference %q: %v", reference.Shown(arg), err)
		}
	}
	return arg[:i+1] + tags[0], tags[1:], nil
}
