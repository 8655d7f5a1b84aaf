package commands

import (
	"context"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/action"
	"github.com/ocompose/ocompose/internal/reference"
	"github.com/ocompose/ocompose/internal/store"
)

// parseReference reads a reference to a registry.
func parseReference(arg string) (name.Reference, error) {
	ref, err := reference.Parse(arg)
	if err != nil {
		return nil, insteadf("%v", err)
	}
	return ref, nil
}

// checkReference checks a reference that is the value of a flag.
func checkReference(ref string) error {
	_, err := reference.Parse(ref)
	return err
}

// parseTarget reads where something is to be pushed: a repository, and the tag if one is
// written.
func parseTarget(arg string) (name.Repository, string, error) {
	if named, digest, _ := strings.Cut(arg, "@"); strings.HasPrefix(digest, "sha256:") {
		return name.Repository{}, "", insteadf("reference %q: leave out the digest, which the composition gets by itself: write %s", arg, named)
	}
	ref, err := parseReference(arg)
	if err != nil {
		return name.Repository{}, "", err
	}
	if _, alone := writtenAlone(arg); alone {
		return ref.Context(), "", nil
	}
	return ref.Context(), ref.Identifier(), nil
}

// A layoutReference is oci-layout:PATH, with the tag or digest where one is written.
type layoutReference struct{ dir, ref string }

// parseLayout reads a reference to an image layout; ok is false for any other.
func (t *terminal) parseLayout(arg string) (layout layoutReference, ok bool, err error) {
	rest, ok := strings.CutPrefix(arg, store.LayoutPrefix)
	if !ok {
		return layoutReference{}, false, nil
	}
	dir, ref := rest, ""
	if before, digest, found := strings.Cut(rest, "@"); found {
		if _, err := v1.NewHash(digest); err != nil {
			return layoutReference{}, true, insteadf("reference %q: %v", arg, err)
		}
		dir, ref = before, digest
	} else if i := strings.LastIndexByte(rest, ':'); i >= 0 && !strings.ContainsAny(rest[i:], `/\`) {
		dir, ref = rest[:i], rest[i+1:]
		if err := reference.CheckTag(ref); err != nil {
			return layoutReference{}, true, insteadf("reference %q: %v", arg, err)
		}
	}
	if dir == "" {
		return layoutReference{}, true, insteadf("reference %q: the folder is missing: write oci-layout:FOLDER[:TAG]", arg)
	}
	return layoutReference{t.path(dir), ref}, true, nil
}

// location opens where a package is: in a registry, or in an image layout.
func (t *terminal) location(c call, arg string) (action.Location, error) {
	if isFileReference(arg) {
		return t.openFile(arg)
	}
	layout, ok, err := t.parseLayout(arg)
	if err != nil {
		return action.Location{}, err
	}
	if ok {
		from, err := store.OpenLayout(layout.dir)
		return action.Location{Store: from, Ref: layout.ref}, err
	}
	ref, err := parseReference(arg)
	if err != nil {
		return action.Location{}, err
	}
	return action.Location{Store: c.session.Registry(ref.Context()), Ref: ref.Identifier()}, nil
}

// repository opens a repository, or an image layout, whose tags are listed.
func (t *terminal) repository(c call, arg string) (store.Store, error) {
	layout, ok, err := t.parseLayout(arg)
	if err != nil {
		return nil, err
	}
	if ok {
		if layout.ref != "" {
			return nil, insteadf("%s: leave out the tag or digest: it takes oci-layout:FOLDER", arg)
		}
		return store.OpenLayout(layout.dir)
	}
	if isFileReference(arg) {
		return nil, insteadf("%s lists the tags of a repository or of an oci-layout:FOLDER: ocompose inspect %s shows what is in a file", t.command, arg)
	}
	ref, err := parseReference(arg)
	if err != nil {
		return nil, err
	}
	if named, ok := writtenAlone(arg); !ok {
		return nil, insteadf("%s: leave out the tag or digest: write %s", arg, named)
	}
	return c.session.Registry(ref.Context()), nil
}

// writtenAlone tells whether a reference was written without a tag and a digest, and
// returns what was written before them.
func writtenAlone(arg string) (string, bool) {
	named, _, pinned := strings.Cut(arg, "@")
	if tag, err := name.NewTag(strings.TrimPrefix(named, "oci://")); err == nil && strings.HasSuffix(named, ":"+tag.TagStr()) {
		return strings.TrimSuffix(named, ":"+tag.TagStr()), false
	}
	return named, !pinned
}

// destination opens where a package goes, and tells the tag where one is written.
func (t *terminal) destination(c call, arg string) (store.Target, string, error) {
	layout, ok, err := t.parseLayout(arg)
	if err != nil {
		return nil, "", err
	}
	if ok {
		if strings.Contains(layout.ref, ":") {
			return nil, "", insteadf("reference %q: leave out the digest, which the copy has by itself", arg)
		}
		to, err := store.CreateLayout(layout.dir)
		return to, layout.ref, err
	}
	repo, tag, err := parseTarget(arg)
	if err != nil {
		return nil, "", err
	}
	to := c.session.Registry(repo)
	c.pingEarly(c.ctx, to)
	return to, tag, nil
}

// pingEarly lets the registry of a target answer a first question while something else is
// done.
func (c call) pingEarly(ctx context.Context, to store.Target) { c.session.PingEarly(ctx, to) }
