package program

import (
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/reference"
	"github.com/ocompose/ocompose/internal/store"
)

// A layoutReference is oci-layout:PATH, with the tag or digest if one is given.
type layoutReference struct{ dir, ref string }

// parseLayout reads a reference to an image layout; ok is false for any other.
func parseLayout(t *terminal.Terminal, arg string) (layout layoutReference, ok bool, err error) {
	rest, ok := strings.CutPrefix(arg, store.LayoutPrefix)
	if !ok {
		return layoutReference{}, false, nil
	}
	dir, ref := rest, ""
	if before, digest, found := strings.Cut(rest, "@"); found {
		if _, err := v1.NewHash(digest); err != nil {
			return layoutReference{}, true, usage.Insteadf("reference %q: %v", arg, err)
		}
		dir, ref = before, digest
	} else if i := strings.LastIndexByte(rest, ':'); i >= 0 && !strings.ContainsAny(rest[i:], `/\`) {
		dir, ref = rest[:i], rest[i+1:]
		if err := reference.CheckTag(ref); err != nil {
			return layoutReference{}, true, usage.Insteadf("reference %q: %v", arg, err)
		}
	}
	if dir == "" {
		return layoutReference{}, true, usage.Insteadf("reference %q: the folder is missing: write oci-layout:FOLDER[:TAG]", arg)
	}
	return layoutReference{t.Path(dir), ref}, true, nil
}

// Location opens the location of a package: in a registry, or in an image layout.
func (c Call) Location(arg string) (session.Location, error) {
	if flags.IsFileReference(arg) {
		return OpenFile(c.t, arg)
	}
	layout, ok, err := parseLayout(c.t, arg)
	if err != nil {
		return session.Location{}, err
	}
	if ok {
		from, err := store.OpenLayout(layout.dir)
		return session.Location{Store: from, Ref: layout.ref}, err
	}
	ref, err := flags.ParseReference(arg)
	if err != nil {
		return session.Location{}, err
	}
	return session.Location{Store: c.Session.Registry(ref.Context()), Ref: ref.Identifier()}, nil
}

// Named returns an error for a reference without a tag or digest in a registry, for
// commands that do not default to latest.
func (c Call) Named(arg string) error {
	if flags.IsLocal(arg) {
		return nil
	}
	if _, err := flags.ParseReference(arg); err != nil {
		return err
	}
	if named, alone := flags.WrittenAlone(arg); alone {
		return usage.Insteadf("%s: the tag or digest is missing: write %s:TAG", c.t.Command, named)
	}
	return nil
}

// Repository opens a repository or an image layout to list its tags.
func (c Call) Repository(arg string) (store.Store, error) {
	layout, ok, err := parseLayout(c.t, arg)
	if err != nil {
		return nil, err
	}
	if ok {
		if layout.ref != "" {
			return nil, usage.Insteadf("%s: leave out the tag or digest: write oci-layout:FOLDER", arg)
		}
		return store.OpenLayout(layout.dir)
	}
	if flags.IsFileReference(arg) {
		return nil, usage.Insteadf("%s lists the tags of a repository or of an oci-layout:FOLDER: ocompose inspect %s shows what is in a file", c.t.Command, arg)
	}
	ref, err := flags.ParseReference(arg)
	if err != nil {
		return nil, err
	}
	if named, ok := flags.WrittenAlone(arg); !ok {
		return nil, usage.Insteadf("%s: leave out the tag or digest: write %s", arg, named)
	}
	return c.Session.Registry(ref.Context()), nil
}

// Destination opens the target of a package, and returns the tag if one is given.
func (c Call) Destination(arg string) (store.Target, string, error) {
	layout, ok, err := parseLayout(c.t, arg)
	if err != nil {
		return nil, "", err
	}
	if ok {
		if strings.Contains(layout.ref, ":") {
			return nil, "", usage.Insteadf("reference %q: leave out the digest, which the copy determines", arg)
		}
		to, err := store.CreateLayout(layout.dir)
		return to, layout.ref, err
	}
	repo, tag, err := flags.ParseTarget(arg)
	if err != nil {
		return nil, "", err
	}
	to := c.Session.Registry(repo)
	c.Session.PingEarly(c.Ctx, to)
	return to, tag, nil
}
