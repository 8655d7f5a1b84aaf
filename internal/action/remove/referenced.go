package remove

import (
	"context"
	"fmt"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/referrers"
)

// findReferences finds the manifests that something other than the package needs, and what needs
// them: the tags of the repository, referrers of those and of the package's own subjects, and the
// subjects themselves. It also finds the package's own tags.
func findReferences(ctx context.Context, s *session.Session, in store.Store, p *artifact.Package, candidates []v1.Descriptor) (*references, error) {
	n := &references{session: s, store: in, root: p.Digest(), own: map[v1.Hash]bool{}, by: map[v1.Hash]string{}, walked: map[string]bool{}, listed: map[string]bool{}}
	partTags := map[string]bool{}
	for _, c := range candidates {
		n.own[c.Digest] = true
		partTags[session.ManifestTag(c.Digest)] = true
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
		ref := session.DigestName(n.store, subject.Digest)
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

// references records which manifests are needed, and by what.
type references struct {
	session *session.Session
	store   store.Store

	// root is the package, and own are all its manifests.
	root v1.Hash
	own  map[v1.Hash]bool

	mu sync.Mutex
	// walked are the manifests below which everything is recorded, and listed those whose referrers
	// are.
	walked, listed map[string]bool
	lists          int
	by             map[v1.Hash]string
	// tags are the tags of the package.
	tags []string
}

// add records that a manifest, and everything below it, is needed.
func (n *references) add(ctx context.Context, d v1.Descriptor, who string) error {
	for todo := []v1.Descriptor{d}; len(todo) > 0; todo = todo[1:] {
		if !n.mark(n.walked, todo[0], who) {
			continue // and so is everything that it lists
		}
		listed, err := listed(ctx, n.session, n.store, todo[0])
		if err != nil {
			return err
		}
		todo = append(todo, listed...)
	}
	return nil
}

// mark records that a manifest is needed, and reports whether it is the first time that one
// of its media type is seen.
func (n *references) mark(seen map[string]bool, d v1.Descriptor, who string) bool {
	key := d.Digest.String() + " " + string(d.MediaType)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.by[d.Digest] == "" {
		n.by[d.Digest] = who
	}
	before := seen[key]
	seen[key] = true
	return !before
}

// fromTags records the content that the tags of the repository need, and the referrers of their
// targets. Tags that point at the package, and tags that only protect its parts, do not count.
func (n *references) fromTags(ctx context.Context, partTags map[string]bool) error {
	tags, err := n.store.Tags(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(64)
	for _, tag := range tags {
		if partTags[tag] || referrers.IsTag(tag) {
			continue // the entries of the tag schema are found from their subjects
		}
		group.Go(func() error { return n.fromTag(ctx, tag) })
	}
	return group.Wait()
}

// fromTag records the content that one tag needs.
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
	who := session.Location{Store: n.store, Ref: tag}.String()
	if !n.mark(n.listed, d, who) {
		return nil
	}
	if err := n.add(ctx, d, who); err != nil {
		return err
	}
	return n.fromSubject(ctx, d)
}

// fromSubject records the content of other packages that are attached to a manifest, or to the
// manifests that it lists.
func (n *references) fromSubject(ctx context.Context, subject v1.Descriptor) error {
	children, err := listed(ctx, n.session, n.store, subject)
	if err == nil {
		err = n.takeLists(1 + len(children))
	}
	if err != nil {
		return err
	}
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
			if err := n.add(ctx, d, session.DigestName(n.store, d.Digest)); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeLists counts the requested lists of referrers.
func (n *references) takeLists(count int) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.lists += count; n.lists > limits.ReferrerLists {
		return fmt.Errorf("finding other references to the manifests of %s: %w", n.store.Name(), &limits.Error{What: "lists of referrers", Limit: limits.ReferrerLists})
	}
	return nil
}
