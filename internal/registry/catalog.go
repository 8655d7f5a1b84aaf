package registry

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/registry/storage"
)

// catalog has the contents of all repositories. It writes each change to the store before it is visible.
type catalog struct {
	store storage.Store
	base  Base // may be nil

	mu           sync.RWMutex
	repositories map[string]*repository
	uses         map[v1.Hash]int // repositories' blobs and manifests that have this content
}

func newCatalog() *catalog {
	return &catalog{repositories: make(map[string]*repository), uses: make(map[v1.Hash]int)}
}

// at returns the repository, and creates it if it is missing. The lock must be held.
func (c *catalog) at(name string) *repository {
	repo, ok := c.repositories[name]
	if !ok {
		repo = &repository{
			blobs:     make(map[v1.Hash]int64),
			manifests: make(map[v1.Hash]*manifest),
			tags:      make(map[string]v1.Hash),
			referrers: make(map[v1.Hash]map[v1.Hash]bool),
		}
		c.repositories[name] = repo
	}
	return repo
}

func (c *catalog) hasBlob(name string, digest v1.Hash) (size int64, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if repo := c.repositories[name]; repo != nil {
		if size, ok := repo.blobs[digest]; ok {
			return size, true
		}
	}
	return baseSize(c.base, digest)
}

// baseSize returns the size of a blob of the base, if there is one.
func baseSize(base Base, digest v1.Hash) (size int64, ok bool) {
	if base == nil {
		return 0, false
	}
	return base.Size(digest)
}

// addBlob commits the draft, whose digest was verified, as a blob of the repository.
func (c *catalog) addBlob(name string, digest v1.Hash, size int64, d storage.Draft) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := d.Commit(digest); err != nil {
		return err
	}
	return c.linkBlob(name, digest, size)
}

func (c *catalog) linkBlob(name string, digest v1.Hash, size int64) error {
	repo := c.at(name)
	if _, ok := repo.blobs[digest]; ok {
		return nil
	}
	if err := c.store.LinkBlob(name, digest); err != nil {
		return err
	}
	repo.blobs[digest] = size
	c.uses[digest]++
	return nil
}

// mountBlob mounts a blob of the repository from in the repository to, and reports whether to has the blob now: because
// from has it, or to already had it.
func (c *catalog) mountBlob(to, from string, digest v1.Hash) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range []string{to, from} {
		repo, ok := c.repositories[name]
		if !ok {
			continue
		}
		if size, ok := repo.blobs[digest]; ok {
			return true, c.linkBlob(to, digest, size)
		}
	}
	return false, nil
}

func (c *catalog) deleteBlob(name string, digest v1.Hash) (found bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	repo, ok := c.repositories[name]
	if !ok {
		return false, nil
	}
	if _, ok := repo.blobs[digest]; !ok {
		return false, nil
	}
	if err := c.store.UnlinkBlob(name, digest); err != nil {
		return true, err
	}
	delete(repo.blobs, digest)
	return true, c.release(digest)
}

// release removes one use of the content, and the content with its last use. The lock must be held.
func (c *catalog) release(digest v1.Hash) error {
	c.uses[digest]--
	if c.uses[digest] > 0 {
		return nil
	}
	delete(c.uses, digest)
	return c.store.Remove(digest)
}

// find returns the manifest at a tag or digest.
func (c *catalog) find(name string, ref reference) (*manifest, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if repo, ok := c.repositories[name]; ok {
		if found, ok := repo.manifests[repo.resolve(ref)]; ok {
			return found, nil
		}
	}
	return nil, failure(http.StatusNotFound, codeManifestUnknown, "%s has no manifest %s", name, ref)
}

// addManifest commits the draft, whose digest was verified, as a manifest of the repository, and sets the tag, if any.
// It rejects the manifest if content that it refers to is missing, or the condition does not hold.
func (c *catalog) addManifest(name, tag string, m *manifest, d storage.Draft, holds condition) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, ok := c.repositories[name]
	if !ok {
		before = &repository{} // a rejected manifest does not create a repository
	}
	if err := holds.check(before, reference{tag: tag, digest: m.digest}); err != nil {
		return err
	}
	if err := before.complete(m, c.base); err != nil {
		return err
	}
	if err := d.Commit(m.digest); err != nil {
		return err
	}
	repo := c.at(name)
	if old, ok := repo.manifests[m.digest]; !ok || old.mediaType != m.mediaType {
		if err := c.store.LinkManifest(name, m.digest, m.mediaType); err != nil {
			return err
		}
		repo.insert(m)
		if !ok {
			c.uses[m.digest]++
		}
	}
	if tag == "" || repo.tags[tag] == m.digest {
		return nil
	}
	if err := c.store.LinkTag(name, tag, m.digest); err != nil {
		return err
	}
	repo.tags[tag] = m.digest
	return nil
}

// remove deletes a tag, or a manifest with all tags that point at it:
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#content-management
func (c *catalog) remove(name string, ref reference, holds condition) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	repo, ok := c.repositories[name]
	if !ok {
		return failure(http.StatusNotFound, codeNameUnknown, "there is no repository %s", name)
	}
	found, ok := repo.manifests[repo.resolve(ref)]
	if !ok {
		return failure(http.StatusNotFound, codeManifestUnknown, "%s has no manifest %s", name, ref)
	}
	if err := holds.check(repo, ref); err != nil {
		return err
	}
	if ref.tag != "" {
		return c.untag(name, repo, ref.tag)
	}
	for tag, digest := range repo.tags {
		if digest != found.digest {
			continue
		}
		if err := c.untag(name, repo, tag); err != nil {
			return err
		}
	}
	if err := c.store.UnlinkManifest(name, found.digest); err != nil {
		return err
	}
	repo.forget(found.digest)
	return c.release(found.digest)
}

func (c *catalog) untag(name string, repo *repository, tag string) error {
	if err := c.store.UnlinkTag(name, tag); err != nil {
		return err
	}
	delete(repo.tags, tag)
	return nil
}

// tags returns a repository's tags in lexical order; false if there is no such repository.
func (c *catalog) tags(name string) ([]string, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	repo, ok := c.repositories[name]
	if !ok {
		return nil, false
	}
	return sortedKeys(repo.tags), true
}

// names returns the repositories in lexical order.
func (c *catalog) names() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return sortedKeys(c.repositories)
}

// referrers returns the descriptors of the manifests whose subject is the digest, ordered by digest.
func (c *catalog) referrers(name string, subject v1.Hash) []v1.Descriptor {
	c.mu.RLock()
	defer c.mu.RUnlock()
	list := []v1.Descriptor{}
	if repo, ok := c.repositories[name]; ok {
		for digest := range repo.referrers[subject] {
			list = append(list, repo.manifests[digest].descriptor())
		}
	}
	slices.SortFunc(list, func(a, b v1.Descriptor) int { return strings.Compare(a.Digest.String(), b.Digest.String()) })
	return list
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, lexical)
	return keys
}
