package verify

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

// A Verifier checks content and collects problems. A store's answer for a digest is a fact that
// is requested once; it is compared with each descriptor. So the order of checks does not matter.
type Verifier struct {
	session *session.Session
	at      session.Location
	root    *artifact.Package
	options Options

	facts facts

	mu        sync.Mutex
	sealed    bool
	listed    map[string]bool // manifests reached before pins are checked
	visited   map[string]bool
	counted   map[string]bool
	manifests int
	blobs     int
	problems  []ranked
}

// A Need is what needs some content, and the store to look in.
type Need struct {
	In   store.Source
	Name string
	// rank selects the need to report if several need the same content: the lowest.
	rank int
}

// A ranked problem is a problem with the rank of its need.
type ranked struct {
	report.Problem
	rank int
}

// NewVerifier returns a verifier of one package.
func NewVerifier(s *session.Session, at session.Location, root *artifact.Package, options Options) *Verifier {
	return &Verifier{
		session: s, at: at, root: root, options: options, facts: facts{session: s}, manifests: 1,
		listed: map[string]bool{}, visited: map[string]bool{}, counted: map[string]bool{},
	}
}

// manifest checks a manifest or index and everything that it refers to.
func (v *Verifier) manifest(ctx context.Context, who Need, d v1.Descriptor, depth int) error {
	if v.again(who, d) {
		return nil
	}
	if err := v.session.Budget.TakeManifest(depth); err != nil {
		v.problem(who, d, "manifest", err.Error())
		return nil
	}
	kind := "manifest"
	if d.MediaType.IsIndex() {
		kind = "index"
	}
	m, ok, err := v.ReadManifest(ctx, who, d, kind)
	if err != nil || !ok {
		return err
	}
	parts, err := graph.Of(m)
	if err == nil {
		err = v.session.Budget.TakeBlobs(len(parts.Blobs))
	}
	if err != nil {
		v.problem(who, m.Descriptor, kind, err.Error())
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(v.session.AtOnce())
	group.Go(func() error { return v.parts(ctx, who, parts.Blobs, configOf(m)) })
	for _, child := range parts.Manifests {
		group.Go(func() error { return v.manifest(ctx, who, child, depth+1) })
	}
	return group.Wait()
}

// parts checks the blobs of one manifest.
func (v *Verifier) parts(ctx context.Context, who Need, blobs []v1.Descriptor, config v1.Hash) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(v.session.AtOnce())
	for _, blob := range blobs {
		kind := "layer"
		if blob.Digest == config {
			kind = "config"
		}
		group.Go(func() error {
			_, err := v.Blob(ctx, who, blob, kind, v.options.Deep)
			return err
		})
	}
	return group.Wait()
}

// configOf returns the digest of the config of an image manifest.
func configOf(m store.Manifest) v1.Hash {
	if parsed, err := ParseManifest(m); err == nil {
		return parsed.Config.Digest
	}
	return v1.Hash{}
}

// ReadManifest reads a manifest by its descriptor. ok is false if a problem was recorded.
func (v *Verifier) ReadManifest(ctx context.Context, who Need, d v1.Descriptor, kind string) (store.Manifest, bool, error) {
	m, err := v.facts.manifest(ctx, who.In, d.Digest)
	reason, err := damage(ctx, err)
	if err != nil {
		return m, false, err
	}
	v.list(who.In, d.Digest)
	v.count(who, d, &v.manifests)
	if reason == "" {
		reason, _ = damage(ctx, graph.Matches(d, m))
	}
	if reason != "" {
		v.problem(who, d, kind, reason)
		return m, false, nil
	}
	return m, true, nil
}

// Blob checks that a blob exists, and matches its descriptor.
func (v *Verifier) Blob(ctx context.Context, who Need, d v1.Descriptor, kind string, read bool) (bool, error) {
	if graph.IsNonDistributable(d) || v.again(who, d) {
		return true, nil
	}
	reason, err := v.blobState(ctx, who.In, d, read)
	if err != nil {
		return false, err
	}
	v.count(who, d, &v.blobs)
	if reason != "" {
		v.problem(who, d, kind, reason)
	}
	return reason == "", nil
}

// blobState returns the mismatch between a blob and its descriptor, or an error if the check
// failed.
func (v *Verifier) blobState(ctx context.Context, in store.Source, d v1.Descriptor, read bool) (string, error) {
	if read {
		return damage(ctx, v.facts.content(ctx, in, d))
	}
	size, err := v.facts.size(ctx, in, d.Digest)
	if err == nil && size < 0 {
		return damage(ctx, v.facts.content(ctx, in, d)) // the store does not know the size
	}
	if err == nil && size != d.Size {
		err = &remote.SizeError{Want: d.Size, Got: size}
	}
	return damage(ctx, err)
}

// damage returns the reason why content does not match its descriptor, or the error if it could
// not be read.
func damage(ctx context.Context, err error) (string, error) {
	var digest *remote.DigestError
	var size *remote.SizeError
	var mediaType *graph.MediaTypeError
	var descriptor *remote.DescriptorError
	var manifest *remote.ManifestError
	var limit *limits.Error
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case store.IsNotFound(err):
		return "missing", nil
	case errors.As(err, &digest):
		return "damaged: " + digest.Error(), nil
	case errors.As(err, &size):
		return "damaged: " + size.Error(), nil
	case errors.As(err, &mediaType):
		return "damaged: " + mediaType.Error(), nil
	case errors.As(err, &descriptor):
		return "damaged: " + descriptor.Error(), nil
	case errors.As(err, &manifest):
		return "damaged: " + manifest.Error(), nil
	case errors.As(err, &limit):
		return limit.Error(), nil
	default:
		return "", err
	}
}

// again reports whether a descriptor was checked for the same need before.
func (v *Verifier) again(who Need, d v1.Descriptor) bool {
	return v.mark(v.visited, who.Name+" "+descriptorKey(who.In, d))
}

// count counts the checked digests, each once.
func (v *Verifier) count(who Need, d v1.Descriptor, n *int) {
	if !v.mark(v.counted, session.DigestName(who.In, d.Digest)) {
		v.mu.Lock()
		*n++
		v.mu.Unlock()
	}
}

// mark sets a mark and reports whether it was set before.
func (v *Verifier) mark(marks map[string]bool, key string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	before := marks[key]
	marks[key] = true
	return before
}

// list records that a manifest was reached.
func (v *Verifier) list(in store.Source, digest v1.Hash) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.sealed {
		v.listed[session.DigestName(in, digest)] = true
	}
}

// seal ends the recording: everything reached later is reached by a pin.
func (v *Verifier) seal() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sealed = true
}

// isListed reports whether a manifest of the package's store was reached.
func (v *Verifier) isListed(digest v1.Hash) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.listed[session.DigestName(v.at.Store, digest)]
}

// problem records a problem with a descriptor's content.
func (v *Verifier) problem(who Need, d v1.Descriptor, kind, reason string) {
	v.add(who.rank, report.Problem{Reference: session.DigestName(who.In, d.Digest), Kind: kind, Reason: reason, NeededBy: who.Name})
}

func (v *Verifier) add(rank int, p report.Problem) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.problems = append(v.problems, ranked{p, rank})
}

// Result returns the problems: each once, with the first that needs it.
func (v *Verifier) Result() *report.Verification {
	slices.SortFunc(v.problems, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.Reference, b.Reference), cmp.Compare(a.rank, b.rank),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.NeededBy, b.NeededBy))
	})
	first := slices.CompactFunc(v.problems, func(a, b ranked) bool {
		return a.Kind != "pin" && b.Kind != "pin" && a.Reference == b.Reference || a.Problem == b.Problem
	})
	slices.SortStableFunc(first, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.NeededBy, b.NeededBy), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reference, b.Reference))
	})
	problems := []report.Problem{}
	for _, p := range first {
		problems = append(problems, p.Problem)
	}
	return &report.Verification{
		Reference: session.DigestName(v.at.Store, v.root.Digest()),
		OK:        len(problems) == 0,
		Deep:      v.options.Deep,
		Manifests: v.manifests,
		Blobs:     v.blobs,
		Problems:  problems,
	}
}

// discard reads a blob to its end.
func discard(ctx context.Context, in store.Source, d v1.Descriptor) error {
	content, err := in.OpenBlob(ctx, d)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, content)
	return errors.Join(err, content.Close())
}
