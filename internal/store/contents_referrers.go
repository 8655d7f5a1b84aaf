package store

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/referrers"
)

// Referrers implements Store: it searches the entries of index.json.
func (c *contents) Referrers(ctx context.Context, ref string, filter ...referrers.ListOption) (*referrers.Node, error) {
	root, err := c.Read(ctx, ref)
	if err != nil {
		return nil, err
	}
	attached, err := c.attached(ctx)
	if err != nil {
		return nil, err
	}
	node := &referrers.Node{Descriptor: root.Descriptor}
	add := func(n *referrers.Node) {
		for _, d := range referrers.Filter(attached[n.Descriptor.Digest], filter...) {
			n.Referrers = append(n.Referrers, &referrers.Node{Descriptor: d})
		}
	}
	add(node)
	if !root.Descriptor.MediaType.IsIndex() {
		return node, nil
	}
	var index v1.IndexManifest
	if err := limits.Decode(root.Bytes, &index); err != nil {
		return nil, fmt.Errorf("reading index %s@%s: %w", c.name, root.Descriptor.Digest, err)
	}
	for _, d := range index.Manifests {
		child := &referrers.Node{Descriptor: d}
		add(child)
		node.Children = append(node.Children, child)
	}
	return node, nil
}

// Attached implements Store.
func (c *contents) Attached(ctx context.Context, digest v1.Hash) ([]v1.Descriptor, error) {
	all, err := c.attached(ctx)
	return all[digest], err
}

// attached returns the descriptors of manifests with a subject, by the subject's digest.
func (c *contents) attached(ctx context.Context) (map[v1.Hash][]v1.Descriptor, error) {
	entries, err := c.Entries()
	if err != nil {
		return nil, err
	}
	found := map[v1.Hash][]v1.Descriptor{}
	for _, entry := range entries {
		m, err := c.Read(ctx, entry.Digest.String())
		if err != nil {
			return nil, err
		}
		d, subject, err := referrers.Describe(m.Descriptor.MediaType, m.Bytes)
		if err != nil || subject == (v1.Hash{}) {
			continue // not a manifest, or not attached to anything
		}
		found[subject] = append(found[subject], d)
	}
	return found, nil
}
