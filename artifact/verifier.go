package artifact

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/transfer"
)

// A verifier checks things, each once, and collects what is wrong.
type verifier struct {
	remote *Remote
	stored *Stored

	mu        sync.Mutex
	done      map[string]*sync.Once
	damaged   map[v1.Hash]bool
	sealed    bool
	listed    map[string]bool // manifests that were reached before pins are looked at
	manifests int
	blobs     int
	problems  []Problem
}

func newVerifier(r *Remote, stored *Stored) *verifier {
	return &verifier{
		remote: r, stored: stored, manifests: 1,
		done: map[string]*sync.Once{}, damaged: map[v1.Hash]bool{}, listed: map[string]bool{},
	}
}

// manifest checks a manifest or index and all that it refers to, once.
func (v *verifier) manifest(ctx context.Context, repo name.Repository, d v1.Descriptor, who string) error {
	return v.once(repo, d.Digest, func() error {
		v.count(&v.manifests)
		v.list(repo, d.Digest)
		kind := "manifest"
		if d.MediaType.IsIndex() {
			kind = "index"
		}
		content, err := v.read(ctx, repo, d)
		reason, err := damage(ctx, err)
		if err != nil {
			return err
		}
		if reason != "" {
			v.problem(d, repo, kind, reason, who)
			return nil
		}
		if content.Descriptor.MediaType.IsIndex() {
			return v.children(ctx, repo, content, who)
		}
		return v.contents(ctx, repo, content, who)
	})
}

// read reads a manifest by its descriptor, or by its digest where a pin tells no
// more.
func (v *verifier) read(ctx context.Context, repo name.Repository, d v1.Descriptor) (Content, error) {
	if d.Size == 0 {
		m, err := v.remote.client.GetManifest(ctx, repo.Digest(d.Digest.String()))
		return Content(m), err
	}
	m, err := v.remote.copier.Manifest(ctx, repo, *reference(d))
	return Content(m), err
}

// children checks what an index lists.
func (v *verifier) children(ctx context.Context, repo name.Repository, content Content, who string) error {
	var index v1.IndexManifest
	if err := json.Unmarshal(content.Bytes, &index); err != nil {
		v.problem(content.Descriptor, repo, "index", err.Error(), who)
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, d := range index.Manifests {
		group.Go(func() error { return v.manifest(ctx, repo, d, who) })
	}
	return group.Wait()
}

// contents checks the config and layers of a manifest.
func (v *verifier) contents(ctx context.Context, repo name.Repository, content Content, who string) error {
	var manifest v1.Manifest
	if err := json.Unmarshal(content.Bytes, &manifest); err != nil {
		v.problem(content.Descriptor, repo, "manifest", err.Error(), who)
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return v.blob(ctx, repo, manifest.Config, "config", who) })
	for _, d := range manifest.Layers {
		group.Go(func() error { return v.blob(ctx, repo, d, "layer", who) })
	}
	return group.Wait()
}

// blob checks that a blob is there with its size, once.
func (v *verifier) blob(ctx context.Context, repo name.Repository, d v1.Descriptor, kind, who string) error {
	if transfer.Stays(d) {
		return nil
	}
	return v.once(repo, d.Digest, func() error {
		v.count(&v.blobs)
		size, err := v.remote.client.HeadBlob(ctx, repo, d.Digest)
		if err == nil && size >= 0 && size != d.Size {
			err = &remote.SizeError{Want: d.Size, Got: size}
		}
		reason, err := damage(ctx, err)
		if reason != "" {
			v.problem(d, repo, kind, reason, who)
		}
		return err
	})
}

// damage tells the reason why something is not as it should be, or returns the
// error where it could not be looked at.
func damage(ctx context.Context, err error) (string, error) {
	var digest *remote.DigestError
	var size *remote.SizeError
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case remote.IsNotFound(err):
		return "missing", nil
	case errors.As(err, &digest):
		return "damaged: " + digest.Error(), nil
	case errors.As(err, &size):
		return "damaged: " + size.Error(), nil
	default:
		return "", err
	}
}

// once does something for a digest of a repository, the first time only; others
// wait until it is done.
func (v *verifier) once(repo name.Repository, digest v1.Hash, do func() error) (err error) {
	key := repo.Name() + "@" + digest.String()
	v.mu.Lock()
	once := v.done[key]
	if once == nil {
		once = &sync.Once{}
		v.done[key] = once
	}
	v.mu.Unlock()
	once.Do(func() { err = do() })
	return err
}

// list records that a manifest was reached.
func (v *verifier) list(repo name.Repository, digest v1.Hash) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.sealed {
		v.listed[repo.Name()+"@"+digest.String()] = true
	}
}

// seal ends the recording: what is reached from now on is reached by a pin.
func (v *verifier) seal() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sealed = true
}

// isListed tells whether a manifest of the package's repository was reached.
func (v *verifier) isListed(digest v1.Hash) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.listed[v.stored.Repository.Name()+"@"+digest.String()]
}

func (v *verifier) broken(digest v1.Hash) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.damaged[digest] = true
}

func (v *verifier) isBroken(digest v1.Hash) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.damaged[digest]
}

func (v *verifier) count(n *int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	*n++
}

// problem records that a descriptor's content is not right.
func (v *verifier) problem(d v1.Descriptor, repo name.Repository, kind, reason, who string) {
	v.add(Problem{Reference: DigestName(repo, d.Digest), Kind: kind, Reason: reason, NeededBy: who})
}

func (v *verifier) add(p Problem) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.problems = append(v.problems, p)
}

// result puts together what was found.
func (v *verifier) result() *Verification {
	slices.SortFunc(v.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.NeededBy, b.NeededBy), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reference, b.Reference))
	})
	problems := slices.Compact(v.problems)
	if problems == nil {
		problems = []Problem{}
	}
	return &Verification{
		Reference: DigestName(v.stored.Repository, v.stored.Root.Descriptor.Digest),
		OK:        len(problems) == 0,
		Manifests: v.manifests,
		Blobs:     v.blobs,
		Problems:  problems,
	}
}
