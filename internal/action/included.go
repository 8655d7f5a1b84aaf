package action

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

// compositionScheme begins the references of compositions in Compose files.
const compositionScheme = "oci://"

// An included composition is one that the Compose files of another one include or extend.
type included struct {
	fetched     compose.Fetched
	composition artifact.Composition
	// in has it, and root is what the reference points at: the composition, or its index.
	in   store.Source
	root v1.Descriptor
}

// FetchIncluded returns what reads the compositions that Compose files include or extend:
// each from its own registry, or from first where that has it. First may be nil.
func (s *Session) FetchIncluded(first store.Source) compose.Fetch {
	return func(ctx context.Context, ref string) (compose.Fetched, error) {
		read, err := s.included(ctx, first, ref)
		if err != nil {
			return compose.Fetched{}, err
		}
		return read.fetched, nil
	}
}

// included reads a composition that a Compose file includes or extends, once for each
// reference. As Docker Compose does, it takes the last composition of an index.
func (s *Session) included(ctx context.Context, first store.Source, ref string) (*included, error) {
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
	read, _ := s.includes.LoadOrStore(in.Name()+" "+ref, sync.OnceValues(func() (*included, error) {
		return s.readIncluded(ctx, in, parsed)
	}))
	return read.(func() (*included, error))()
}

func (s *Session) readIncluded(ctx context.Context, in store.Source, ref name.Reference) (*included, error) {
	p, err := s.readRoot(ctx, in, ref.Identifier())
	if err != nil {
		return nil, err
	}
	c := p.Compositions[len(p.Compositions)-1]
	if p.IsIndex() {
		if c, err = s.fetchComposition(ctx, in, c); err != nil {
			return nil, err
		}
	}
	if c, err = s.openArchive(ctx, in, c); err != nil {
		return nil, err
	}
	files, err := s.files(ctx, in, c, false)
	if err != nil {
		return nil, err
	}
	pinned := compositionScheme + artifact.DigestName(ref.Context(), p.Digest())
	read := &included{compose.Fetched{Ref: pinned, Files: files}, c, in, p.Content().Descriptor}
	s.includes.Store(in.Name()+" "+pinned, func() (*included, error) { return read, nil })
	return read, nil
}

// bundleIncluded takes the compositions that a project includes or extends along to a
// repository: it returns the project with references to them there, and the compositions,
// those that they include before them. First is where they may be, besides their registries.
func (s *Session) bundleIncluded(ctx context.Context, first store.Source, project *compose.Project, to name.Repository) (*compose.Project, []artifact.Included, error) {
	refs := map[string]string{}
	var all []artifact.Included
	for _, include := range project.Includes {
		read, err := s.included(ctx, first, include.Ref)
		if err != nil {
			return nil, nil, fmt.Errorf("reading %s: %w", include.Ref, err)
		}
		c := read.composition
		nested, err := compose.Open(ctx, read.fetched.Files, s.FetchIncluded(first))
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
		s.includedFrom.Store(c.Descriptor.Digest, read.in)
		all = append(all, artifact.Included{Origin: include.Written, Composition: c})
	}
	changed, err := project.Repoint(ctx, refs)
	return changed, all, err
}

// bundleAllIncluded is bundleIncluded for the projects of several compositions; some may be nil.
func (s *Session) bundleAllIncluded(ctx context.Context, first store.Source, projects []*compose.Project, to name.Repository) ([]artifact.Included, error) {
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

// writeIncluded writes the compositions that a package includes, each after those that it
// includes itself.
func (p publisher) writeIncluded(ctx context.Context, spec artifact.Spec) error {
	for _, include := range spec.Included {
		from, _ := p.session.includedFrom.Load(include.Composition.Descriptor.Digest)
		in, _ := from.(store.Source)
		blobs, err := include.Composition.Blobs()
		if err != nil {
			return err
		}
		for _, blob := range blobs {
			if blob.Bytes == nil && in != nil {
				err = p.session.copier.CopyBlob(ctx, in, blob.Descriptor, p.target)
			} else {
				err = p.writeBlob(ctx, blob)
			}
			if err != nil {
				return fmt.Errorf("bundling %s: %w", include.Origin, err)
			}
		}
		if err := p.writeByDigest(ctx, include.Composition.Content(), false); err != nil {
			return fmt.Errorf("bundling %s: %w", include.Origin, err)
		}
	}
	return nil
}

// includedRoots are the compositions that some projects include or extend, and those that
// they do.
func (s *Session) includedRoots(ctx context.Context, first store.Source, projects []*compose.Project) ([]*included, error) {
	found := map[string]*included{}
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
			project, err := compose.Open(ctx, read.fetched.Files, s.FetchIncluded(first))
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
	var all []*included
	for _, ref := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[ref])
	}
	return all, nil
}

// addIncluded adds the compositions that a loose package includes.
func (n *needs) addIncluded(ctx context.Context, s *Session, at Location, projects []*compose.Project) error {
	all, err := s.includedRoots(ctx, at.Store, projects)
	for _, i := range all {
		n.roots = append(n.roots, located{i.root, i.in})
		n.entries = append(n.entries, imageEntry(i.root, i.fetched.Ref))
	}
	return err
}

// localTo is where a composition's included ones may be besides their own registries: the file
// or folder that the composition is in, or a bundle's repository.
func localTo(from store.Source, c artifact.Composition) store.Source {
	if _, isRegistry := from.(*store.Registry); isRegistry && c.Manifest.Annotations[artifact.AnnotationMode] != string(artifact.Bundled) {
		return nil
	}
	return from
}
