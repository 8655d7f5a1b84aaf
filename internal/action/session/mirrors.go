package session

import (
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/mirrors"
	"github.com/ocompose/ocompose/internal/store"
)

// An Option configures a Session.
type Option func(*Session)

// WithMirrors reads the images of services as configured in registries.conf. Packages, and
// subjects to attach them to, are read from their own registry.
func WithMirrors(config *mirrors.Config) Option {
	return func(s *Session) { s.mirrors = config }
}

// Source returns the store for reading the images of a repository: the same store each time, which
// remembers which mirror has them.
func (s *Session) Source(repo name.Repository) store.Source {
	known, ok := s.sources.Load(repo.Name())
	if !ok {
		known, _ = s.sources.LoadOrStore(repo.Name(), s.newSource(repo))
	}
	return known.(store.Source)
}

func (s *Session) newSource(repo name.Repository) store.Source {
	in := artifact.RepositoryName(repo)
	found, ok := s.mirrors.Find(in)
	if !ok {
		return s.Registry(repo)
	}
	if found.BlockedBy != "" {
		return store.Unreadable(in, fmt.Errorf("%s can't be read: registries.conf blocks %s", in, found.BlockedBy))
	}
	var copies []store.Mirror
	for _, m := range found.Mirrors {
		from, err := s.named(m.Location)
		if err != nil {
			return store.Unreadable(in, fmt.Errorf("mirror of %s in registries.conf: %w", in, err))
		}
		copies = append(copies, store.Mirror{Registry: from, ByTag: m.ByTag, ByDigest: m.ByDigest})
	}
	last, err := s.named(found.Location)
	if err != nil {
		return store.Unreadable(in, fmt.Errorf("location of %s in registries.conf: %w", in, err))
	}
	return store.NewMirrored(in, last, copies)
}

// named returns the repository with a name.
func (s *Session) named(repository string) (*store.Registry, error) {
	repo, err := name.NewRepository(repository)
	if err != nil {
		return nil, err
	}
	return s.Registry(repo), nil
}

// askedFirst returns the repositories that are tried first for images of other repositories.
func (s *Session) askedFirst(repos []name.Repository) []name.Repository {
	var first []name.Repository
	for _, repo := range repos {
		switch in := s.Source(repo).(type) {
		case *store.Mirrored:
			first = append(first, in.First())
		case *store.Registry:
			first = append(first, repo)
		}
	}
	return first
}
