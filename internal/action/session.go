// Package action is what the commands do, a file each: push, attach, copy, pull, inspect,
// verify, delete and so on. An action reads from stores, has package artifact build what
// is to be written, and writes it:
//
//	project ─▶ resolve images ─▶ artifact.NewSpec ──┐
//	                                                ├─▶ artifact.Build ─▶ publish ─▶ store
//	package ─▶ fetch ─▶ artifact.Package.Relocate ──┘
package action

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/mirrors"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/transfer"
	"github.com/ocompose/ocompose/referrers"
)

// A Session is what one command knows of the registries that it talks to: each question is
// asked once. It is safe for concurrent use.
type Session struct {
	client       *remote.Client
	copier       *transfer.Copier
	referrers    *referrers.Client
	budget       *graph.Budget
	filesRead    atomic.Int64         // bytes of files that are read into memory
	specs        atomic.Int64         // how often a package was planned, which chooses its platforms
	observe      func(transfer.Event) // may be nil
	mirrors      *mirrors.Config      // may be nil
	sources      sync.Map             // store.Source by the name of its repository
	includes     sync.Map             // what reads an *included, by its store and reference
	includedFrom sync.Map             // store.Source by the digest of a composition that a package includes
}

// NewSession returns a session that sends its requests through client. Observe is told
// what becomes of each part of an image that is copied; it may be nil.
func NewSession(client *remote.Client, observe func(transfer.Event), more ...Option) *Session {
	budget := graph.NewBudget(graph.DefaultLimits())
	options := []transfer.Option{transfer.WithBudget(budget)}
	if observe != nil {
		options = append(options, transfer.WithObserver(observe))
	}
	s := &Session{
		client: client, copier: transfer.New(client.Jobs(), options...), referrers: referrers.New(referrers.WithRegistries(client)),
		budget: budget, observe: observe,
	}
	for _, o := range more {
		o(s)
	}
	return s
}

// atOnce is how many things wait for requests at a time, for each thing that needs several:
// enough for all jobs, and few enough for the memory.
func (s *Session) atOnce() int { return 4 * s.client.Jobs() }

// spec says how a project is packaged.
func (s *Session) spec(project *compose.Project, images map[string]*artifact.Image, options artifact.Options) (artifact.Spec, error) {
	s.specs.Add(1)
	return artifact.NewSpec(project, images, options)
}

// relocated says how a package is built for another place.
func (s *Session) relocated(p *artifact.Package, r artifact.Relocation) (artifact.Spec, error) {
	s.specs.Add(1)
	return p.Relocate(r)
}

// tell tells the observer what becomes of something that is not copied between stores.
func (s *Session) tell(kind transfer.EventKind, d v1.Descriptor) {
	if s.observe != nil {
		s.observe(transfer.Event{Kind: kind, Desc: d})
	}
}

// storeOf is where an image is: in its registry, or in the store that it was found in.
func (s *Session) storeOf(image *artifact.Image, found store.Source) store.Source {
	if image == nil || image.Ref == nil {
		return found
	}
	return s.source(image.Ref.Context())
}

// Registry returns the store that is a repository.
func (s *Session) Registry(repo name.Repository) *store.Registry {
	return store.NewRegistry(repo, s.client, s.referrers)
}

// PingEarly lets a registry that will be needed say how it wants to be spoken to while
// something else is done. What is wrong with it shows when it is needed.
func (s *Session) PingEarly(ctx context.Context, target store.Target) {
	if r, ok := target.(*store.Registry); ok {
		go func() { _ = s.client.Ping(ctx, r.Repository().Registry) }()
	}
}
