package action

import (
	"context"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/referrers"
)

// references finds the manifests that something else than the package needs, and by whom:
// the tags of the repository, what is attached to those and to the package's own subjects,
// and the subjects themselves. It also finds the package's own tags.
func (s *Session) references(ctx context.Context, in store.Store, p *artifact.Package, candidates []v1.Descriptor) (*references, error) {
	n := &references{session: s, store: in, root: p.Digest(), own: map[v1.Hash]bool{}, by: map[v1.Hash]string{}}
	partTags := map[string]bool{}
	for _, c := range candidates {
		n.own[c.Digest] = true
		partTags[manifestTag(c.Digest)] = true
	}
	if err := n.fromTags(ctx, partTags); err != nil {
		return nil, err
	}
	subjects := map[v1.Hash]v1.Descriptor{}
	if p.Subject != nil {
		subjects[p.Subject.Digest] = *p.Subject
	}
	for _, c := range p.Compositions {
		if subject := c.Subject(); subject != nil {
			subjects[subject.Digest] = *subject
		}
	}
	for _, subject := range subjects {
		ref := digestName(n.store, subject.Digest)
		if err := n.add(ctx, subject, ref+", to which it is attached"); err != nil {
			return nil, err
		}
		if err := n.fromSubject(ctx, subject); err != nil {
			return nil, err
		}
	}
	slices.Sort(n.tags)
	return n, nil
}

// references collect who needs what.
type references struct {
	session *Session
	store   store.Store

	// root is the package, and own are all its manifests.
	root v1.Hash
	own  map[v1.Hash]bool

	mu sync.Mutex
	by map[v1.Hash]string
	// tags are those that point at the package.
	tags []string
}

// add records that a manifest, and all that it lists, is needed.
func (n *references) add(ctx context.Context, d v1.Descriptor, who string) error {
	below, err := n.session.below(ctx, n.store, d)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, d := range append(below, d) {
		n.by[d.Digest] = who
	}
	return nil
}

// fromTags records what the tags of the repository need, and what is attached
// to what they point at. Tags that point at the package, and those that only
// keep its parts, do not count.
func (n *references) fromTags(ctx context.Context, partTags map[string]bool) error {
	tags, err := n.store.Tags(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(64)
	for _, tag := range tags {
		if partTags[tag] || referrers.IsTag(tag) {
			continue // what the tag schema lists is found from what it is for
		}
		group.Go(func() error { return n.fromTag(ctx, tag) })
	}
	return group.Wait()
}

// fromTag records what one tag needs.
func (n *references) fromTag(ctx context.Context, tag string) error {
	d, err := n.store.Lookup(ctx, tag)
	switch {
	case store.IsNotFound(err):
		return nil
	case err != nil:
		return err
	case d.Digest == n.root:
		n.mu.Lock()
		defer n.mu.Unlock()
		n.tags = append(n.tags, tag)
		return nil
	}
	if err := n.add(ctx, d, Location{n.store, tag}.String()); err != nil {
		return err
	}
	return n.fromSubject(ctx, d)
}

// fromSubject records what the other packages need that are attached to a
// manifest, or to what it lists.
func (n *references) fromSubject(ctx context.Context, subject v1.Descriptor) error {
	tree, err := n.store.Referrers(ctx, subject.Digest.String())
	if store.IsNotFound(err) {
		return nil // a subject need not exist
	}
	if err != nil {
		return err
	}
	for _, node := range append([]*referrers.Node{tree}, tree.Children...) {
		for _, referrer := range node.Referrers {
			d := referrer.Descriptor
			if n.own[d.Digest] {
				continue
			}
			if err := n.add(ctx, d, digestName(n.store, d.Digest)); err != nil {
				return err
			}
		}
	}
	return nil
}
