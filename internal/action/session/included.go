package session

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/store"
)

// compositionScheme is the prefix of references to compositions in Compose files.
const compositionScheme = "oci://"

// An Included composition is included or extended by the Compose files of another one.
type Included struct {
	Fetched     compose.Fetched
	composition artifact.Composition
	// In is the store that has it, and root is the target of the reference: the composition, or its index.
	In   store.Source
	Root v1.Descriptor
}

// FetchIncluded returns a function that reads the compositions that Compose files include or extend:
// each from its own registry, or from first if that has it. first may be nil.
func (s *Session) FetchIncluded(first store.Source) compose.Fetch {
	return func(ctx context.Context, ref string) (compose.Fetched, error) {
		read, err := s.included(ctx, first, ref)
		if err != nil {
			return compose.Fetched{}, err
		}
		return read.Fetched, nil
	}
}

// included reads a composition that a Compose file includes or extends, once for each
// reference. As Docker Compose does, it takes the last composition of an index.
func (s *Session) included(ctx context.Context, first store.Source, ref string) (*Included, error) {
	parsed, err := artifact.ParseReference(strings.TrimPrefix(ref, compositionScheme))
	if err != nil {
		return nil, err
	}
	var in store.Source = s.Registry(parsed.Context())
	if digest, ok := parsed.(name.Digest); ok && first != nil {
		if _, err := first.Lookup(ctx, digest.DigestStr()); err == nil {
			in = first
		} else if !store.IsNotFound(err) {
			return nil, err
		}
	}
	read, _ := s.includes.LoadOrStore(in.Name()+" "+ref, sync.OnceValues(func() (*Included, error) {
		return s.readIncluded(ctx, in, parsed)
	}))
	return read.(func() (*Included, error))()
}

func (s *Session) readIncluded(ctx context.Context, in store.Source, ref name.Reference) (*Included, error) {
	p, err := s.readRoot(ctx, in, ref.Identifier())
	if err != nil {
		return nil, err
	}
	c := p.Compositions[len(p.Compositions)-1]
	if p.IsIndex() {
		if c, err = s.FetchComposition(ctx, in, c); err != nil {
			return nil, err
		}
	}
	if c, err = s.OpenArchive(ctx, in, c); err != nil {
		return nil, err
	}
	files, err := s.files(ctx, in, c, false)
	if err != nil {
		return nil, err
	}
	pinned := compositionScheme + artifact.DigestName(ref.Context(), p.Digest())
	read := &Included{compose.Fetched{Ref: pinned, Files: files}, c, in, p.Content().Descriptor}
	s.includes.Store(in.Name()+" "+pinned, func() (*Included, error) { return read, nil })
	return read, nil
}

// bundleIncluded copies the compositions that a project includes or extends to a
// repository: it returns the project with references to them there, and the compositions,
// with their own includes before them. first is another store that may have them.
func (s *Session) bundleIncluded(ctx context.Context, first store.Source, project *compose.Project, to name.Repository) (*compose.Project, []artifact.Included, error) {
	refs := map[string]string{}
	var all []artifact.Included
	for _, include := range project.Includes {
		read, err := s.included(ctx, first, include.Ref)
		if err != nil {
			return nil, nil, fmt.Errorf("reading %s: %w", include.Ref, err)
		}
		c := read.composition
		nested, err := compose.Open(ctx, read.Fetched.Files, s.FetchIncluded(first))
		if err != nil {
			return nil, nil, fmt.Errorf("reading %s: %w", include.Ref, err)
		}
		if len(nested.Includes) > 0 {
			changed, below, err := s.bundleIncluded(ctx, first, nested, to)
			if err == nil {
				c, err = c.WithFiles(slices.Concat(changed.Files, changed.Carried))
			}
			if err != nil {
				return nil, nil, fmt.Errorf("bundling %s: %w", include.Ref, err)
			}
			all = append(all, below...)
		}
		refs[include.Ref] = compositionScheme + artifact.DigestName(to, c.Descriptor.Digest)
		s.IncludedFrom.Store(c.Descriptor.Digest, read.In)
		all = append(all, artifact.Included{Origin: include.Written, Composition: c})
	}
	changed, err := project.Repoint(ctx, refs)
	return changed, all, err
}

// BundleAllIncluded copies the compositions that projects include to a repository. It replaces
// each project with one that points there, and returns the compositions, each once. Projects may
// be nil.
func (s *Session) BundleAllIncluded(ctx context.Context, first store.Source, projects []*compose.Project, to name.Repository) ([]artifact.Included, error) {
	found := map[v1.Hash]artifact.Included{}
	var order []v1.Hash
	for i, project := range projects {
		if project == nil || len(project.Includes) == 0 {
			continue
		}
		changed, all, err := s.bundleIncluded(ctx, first, project, to)
		if err != nil {
			return nil, err
		}
		projects[i] = changed
		for _, include := range all {
			digest := include.Composition.Descriptor.Digest
			if _, again := found[digest]; !again {
				order = append(order, digest)
			}
			found[digest] = include
		}
	}
	var all []artifact.Included
	for _, digest := range order {
		all = append(all, found[digest])
	}
	return all, nil
}

// IncludedRoots returns the compositions that some projects include or extend, and those that
// these include.
func (s *Session) IncludedRoots(ctx context.Context, first store.Source, projects []*compose.Project) ([]*Included, error) {
	found := map[string]*Included{}
	todo := map[string]bool{}
	for _, project := range projects {
		if project != nil {
			for _, include := range project.Includes {
				todo[include.Ref] = true
			}
		}
	}
	for len(todo) > 0 {
		next := map[string]bool{}
		for ref := range todo {
			read, err := s.included(ctx, first, ref)
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", ref, err)
			}
			found[ref] = read
			project, err := compose.Open(ctx, read.Fetched.Files, s.FetchIncluded(first))
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", ref, err)
			}
			for _, include := range project.Includes {
				if found[include.Ref] == nil {
					next[include.Ref] = true
				}
			}
		}
		todo = next
	}
	var all []*Included
	for _, ref := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[ref])
	}
	return all, nil
}

// localTo returns another store that may have a composition's includes: the file
// or folder that the composition is in, or a bundle's repository.
func localTo(from store.Source, c artifact.Composition) store.Source {
	if _, isRegistry := from.(*store.Registry); isRegistry && c.Manifest.Annotations[artifact.AnnotationMode] != string(artifact.Bundled) {
		return nil
	}
	return from
}
