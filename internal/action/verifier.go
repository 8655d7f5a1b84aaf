package action

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/internal/transfer"
)

// A verifier checks things, each once, and collects what is wrong.
type verifier struct {
	session *Session
	store   store.Store
	root    *artifact.Package

	mu        sync.Mutex
	done      map[string]*sync.Once
	damaged   map[v1.Hash]bool
	sealed    bool
	listed    map[string]bool // manifests that were reached before pins are looked at
	manifests int
	blobs     int
	problems  []report.Problem
}

func newVerifier(s *Session, in store.Store, root *artifact.Package) *verifier {
	return &verifier{
		session: s, store: in, root: root, manifests: 1,
		done: map[string]*sync.Once{}, damaged: map[v1.Hash]bool{}, listed: map[string]bool{},
	}
}

// manifest checks a manifest or index and all that it refers to, once.
func (v *verifier) manifest(ctx context.Context, in store.Source, d v1.Descriptor, who string) error {
	return v.once(in, d.Digest, func() error {
		v.count(&v.manifests)
		v.list(in, d.Digest)
		kind := "manifest"
		if d.MediaType.IsIndex() {
			kind = "index"
		}
		content, err := v.read(ctx, in, d)
		reason, err := damage(ctx, err)
		if err != nil {
			return err
		}
		if reason != "" {
			v.problem(d, in, kind, reason, who)
			return nil
		}
		if content.Descriptor.MediaType.IsIndex() {
			return v.children(ctx, in, content, who)
		}
		return v.contents(ctx, in, content, who)
	})
}

// read reads a manifest by its descriptor, or by its digest where a pin tells no
// more.
func (v *verifier) read(ctx context.Context, in store.Source, d v1.Descriptor) (artifact.Content, error) {
	if d.Size == 0 {
		m, err := in.Read(ctx, d.Digest.String())
		return artifact.Content(m), err
	}
	m, err := v.session.copier.Manifest(ctx, in, v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size})
	return artifact.Content(m), err
}

// children checks what an index lists.
func (v *verifier) children(ctx context.Context, in store.Source, content artifact.Content, who string) error {
	var index v1.IndexManifest
	if err := json.Unmarshal(content.Bytes, &index); err != nil {
		v.problem(content.Descriptor, in, "index", err.Error(), who)
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, d := range index.Manifests {
		group.Go(func() error { return v.manifest(ctx, in, d, who) })
	}
	return group.Wait()
}

// contents checks the config and layers of a manifest.
func (v *verifier) contents(ctx context.Context, in store.Source, content artifact.Content, who string) error {
	var manifest v1.Manifest
	if err := json.Unmarshal(content.Bytes, &manifest); err != nil {
		v.problem(content.Descriptor, in, "manifest", err.Error(), who)
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return v.blob(ctx, in, manifest.Config, "config", who) })
	for _, d := range manifest.Layers {
		group.Go(func() error { return v.blob(ctx, in, d, "layer", who) })
	}
	return group.Wait()
}

// blob checks that a blob is there with its size, once.
func (v *verifier) blob(ctx context.Context, in store.Source, d v1.Descriptor, kind, who string) error {
	if transfer.IsNonDistributable(d) {
		return nil
	}
	return v.once(in, d.Digest, func() error {
		v.count(&v.blobs)
		size, err := in.BlobSize(ctx, d.Digest)
		if err == nil && size >= 0 && size != d.Size {
			err = &remote.SizeError{Want: d.Size, Got: size}
		}
		reason, err := damage(ctx, err)
		if reason != "" {
			v.problem(d, in, kind, reason, who)
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
	case store.IsNotFound(err):
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
func (v *verifier) once(in store.Source, digest v1.Hash, do func() error) (err error) {
	key := digestName(in, digest)
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
func (v *verifier) list(in store.Source, digest v1.Hash) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.sealed {
		v.listed[digestName(in, digest)] = true
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
	return v.listed[digestName(v.store, digest)]
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
func (v *verifier) problem(d v1.Descriptor, in store.Source, kind, reason, who string) {
	v.add(report.Problem{Reference: digestName(in, d.Digest), Kind: kind, Reason: reason, NeededBy: who})
}

func (v *verifier) add(p report.Problem) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.problems = append(v.problems, p)
}

// result puts together what was found.
func (v *verifier) result() *report.Verification {
	slices.SortFunc(v.problems, func(a, b report.Problem) int {
		return cmp.Or(cmp.Compare(a.NeededBy, b.NeededBy), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reference, b.Reference))
	})
	problems := slices.Compact(v.problems)
	if problems == nil {
		problems = []report.Problem{}
	}
	return &report.Verification{
		Reference: digestName(v.store, v.root.Digest()),
		OK:        len(problems) == 0,
		Manifests: v.manifests,
		Blobs:     v.blobs,
		Problems:  problems,
	}
}

// isRegistry tells whether the package is in a registry, whose name its files have.
func (v *verifier) isRegistry() bool { _, ok := v.store.(*store.Registry); return ok }
