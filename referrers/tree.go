package referrers

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/limits"
)

// maxDepth limits how deep referrers of referrers are followed.
const maxDepth = 8

// treeAtOnce limits the lists that are requested concurrently.
const treeAtOnce = 16

// A Node is a manifest with its referrers and, for an index, its manifests.
type Node struct {
	// Descriptor describes the manifest. The root's descriptor has media type, digest, size,
	// artifact type and annotations.
	Descriptor v1.Descriptor
	// Referrers refer to the manifest, in the order of [Client.List].
	Referrers []*Node
	// Children are the manifests of an index, in its order.
	Children []*Node
}

// WithDepth makes [Client.ListTree] follow referrers of referrers down to depth, at most 8.
// The default is 1: only direct referrers.
func WithDepth(depth int) ListOption {
	return func(l *listing) { l.depth = min(max(depth, 1), maxDepth) }
}

// ListTree returns a manifest with its referrers and, if it is an index, its children with
// theirs. The root is a digest or a tag, and is read once. The referrers of each digest are
// requested once, concurrently. It returns the errors of [Client.List], and fails if the
// root does not exist.
func (c *Client) ListTree(ctx context.Context, root name.Reference, opts ...ListOption) (*Node, error) {
	l := newListing(opts)
	desc, children, err := c.readRoot(ctx, root)
	if err != nil {
		return nil, err
	}
	group, ctx := errgroup.WithContext(ctx)
	t := &tree{c: c, repo: root.Context(), l: l, group: group, lists: map[string]*listed{}, slots: make(chan struct{}, treeAtOnce)}
	node := &Node{Descriptor: desc}
	t.grow(ctx, node, 1)
	for _, child := range children {
		n := &Node{Descriptor: child}
		node.Children = append(node.Children, n)
		t.grow(ctx, n, 1)
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("listing referrers of %q: %w", root, err)
	}
	return node, nil
}

// readRoot reads a manifest and, if it is an index, lists its manifests.
func (c *Client) readRoot(ctx context.Context, root name.Reference) (desc v1.Descriptor, children []v1.Descriptor, err error) {
	desc, raw, err := c.registries.ReadManifest(ctx, root)
	if err != nil {
		return v1.Descriptor{}, nil, err
	}
	m, err := parseManifest(raw)
	if err != nil {
		return v1.Descriptor{}, nil, fmt.Errorf("reading %q: %w", root, err)
	}
	desc.ArtifactType, desc.Annotations = m.ArtifactType, m.Annotations
	if !desc.MediaType.IsIndex() {
		return desc, nil, nil
	}
	x, err := parseIndex(raw)
	if err != nil {
		return v1.Descriptor{}, nil, fmt.Errorf("reading %q: %w", root, err)
	}
	if children = x.descriptors(); len(children) > limits.ReferrerChildren {
		return v1.Descriptor{}, nil, fmt.Errorf("reading %q: %w", root, &limits.Error{What: "manifests", Limit: limits.ReferrerChildren})
	}
	return desc, children, nil
}

// A tree is a walk that lists each digest once.
type tree struct {
	c     *Client
	repo  name.Repository
	l     listing
	group *errgroup.Group
	slots chan struct{}

	mu    sync.Mutex
	lists map[string]*listed
	nodes int
}

// A listed is the list of one digest, shared by all nodes with that digest.
type listed struct {
	done  chan struct{}
	descs []v1.Descriptor
	err   error
}

// grow fills in the referrers of a node; depth starts at 1.
func (t *tree) grow(ctx context.Context, n *Node, depth int) {
	t.group.Go(func() error {
		descs, err := t.list(ctx, n.Descriptor.Digest.String())
		if err != nil {
			return err
		}
		t.mu.Lock()
		t.nodes += len(descs)
		tooMany := t.nodes > limits.Referrers
		t.mu.Unlock()
		if tooMany {
			return &limits.Error{What: "referrers", Limit: limits.Referrers}
		}
		for _, d := range descs {
			r := &Node{Descriptor: d}
			n.Referrers = append(n.Referrers, r)
			if depth < t.l.depth {
				t.grow(ctx, r, depth+1)
			}
		}
		return nil
	})
}

func (t *tree) list(ctx context.Context, digest string) ([]v1.Descriptor, error) {
	t.mu.Lock()
	a := t.lists[digest]
	mine := a == nil
	if mine {
		a = &listed{done: make(chan struct{})}
		t.lists[digest] = a
	}
	t.mu.Unlock()
	if !mine {
		select {
		case <-a.done:
			return a.descs, a.err
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	defer close(a.done)
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	case <-ctx.Done():
		a.err = context.Cause(ctx)
		return nil, a.err
	}
	a.descs, a.err = t.c.list(ctx, t.repo.Digest(digest), t.l)
	return a.descs, a.err
}
