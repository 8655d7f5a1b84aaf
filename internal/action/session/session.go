// Package session opens the registries, layouts and files of one command, resolves images and
// reads packages.
package session

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/mirrors"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/transfer"
	"github.com/ocompose/ocompose/referrers"
)

// A Session holds what one command has learned about registries, so that each request is sent
// once. It is safe for concurrent use.
type Session struct {
	Client    *remote.Client
	Copier    *transfer.Copier
	referrers *referrers.Client
	Budget    *graph.Budget
	filesRead atomic.Int64         // bytes of files that are read into memory
	Plans     atomic.Int64         // how often a package to write was planned, which selects its platforms
	observe   func(transfer.Event) // may be nil
	mirrors   *mirrors.Config      // may be nil
	sources   sync.Map             // store.Source by the name of its repository
	// engineSources are the sources of images that an engine saved, by their digest.
	engineSources sync.Map
	includes      sync.Map // what reads an *Included, by its store and reference
	IncludedFrom  sync.Map // store.Source by the digest of a composition that a package includes
}

// New returns a session that sends its requests through client. observe receives
// the events of image copies; it may be nil.
func New(client *remote.Client, observe func(transfer.Event), more ...Option) *Session {
	budget := graph.NewBudget(graph.DefaultLimits())
	options := []transfer.Option{transfer.WithBudget(budget)}
	if observe != nil {
		options = append(options, transfer.WithObserver(observe))
	}
	s := &Session{
		Client: client, Copier: transfer.New(client.Jobs(), options...), referrers: referrers.New(referrers.WithRegistries(client)),
		Budget: budget, observe: observe,
	}
	for _, o := range more {
		o(s)
	}
	return s
}

// AtOnce is the maximum number of concurrent operations of each kind:
// enough for all jobs, and few enough for the memory.
func (s *Session) AtOnce() int { return 4 * s.Client.Jobs() }

// Tell sends the observer an event for content that is not copied between stores.
func (s *Session) Tell(kind transfer.EventKind, d v1.Descriptor) {
	if s.observe != nil {
		s.observe(transfer.Event{Kind: kind, Desc: d})
	}
}

// StoreOf returns the store of an image: its registry, or the store that it was found in.
func (s *Session) StoreOf(image *artifact.Image, found store.Source) store.Source {
	if image != nil {
		if saved, ok := s.engineSources.Load(image.Root.Descriptor.Digest); ok {
			return saved.(store.Source)
		}
	}
	if image == nil || image.Ref == nil {
		return found
	}
	return s.Source(image.Ref.Context())
}

// Registry returns the store of a repository.
func (s *Session) Registry(repo name.Repository) *store.Registry {
	return store.NewRegistry(repo, s.Client, s.referrers)
}

// PingEarly pings a registry in the background before it is needed. Errors are reported when the
// registry is used.
func (s *Session) PingEarly(ctx context.Context, target store.Target) {
	if r, ok := target.(*store.Registry); ok {
		go func() { _ = s.Client.Ping(ctx, r.Repository().Registry) }()
	}
}
