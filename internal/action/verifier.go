package action

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
	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

// A verifier checks things and collects what is wrong. What a store says of a digest is a
// fact that is found out once; whether it is what a descriptor says is judged for each
// descriptor. So it does not matter who comes first.
type verifier struct {
	session *Session
	at      Location
	root    *artifact.Package
	options VerifyOptions

	facts facts

	mu        sync.Mutex
	sealed    bool
	listed    map[string]bool // manifests that were reached before pins are looked at
	visited   map[string]bool
	counted   map[string]bool
	manifests int
	blobs     int
	problems  []ranked
}

// A need is who needs something, and where that is looked for.
type need struct {
	in   store.Source
	name string
	// rank tells whom to name where several need the same: the lowest.
	rank int
}

// A ranked problem is one that somebody has.
type ranked struct {
	report.Problem
	rank int
}

func newVerifier(s *Session, at Location, root *artifact.Package, options VerifyOptions) *verifier {
	return &verifier{
		session: s, at: at, root: root, options: options, facts: facts{session: s}, manifests: 1,
		listed: map[string]bool{}, visited: map[string]bool{}, counted: map[string]bool{},
	}
}

// manifest checks a manifest or index and all that it refers to.
func (v *verifier) manifest(ctx context.Context, who need, d v1.Descriptor, depth int) error {
	if v.again(who, d) {
		return nil
	}
	if err := v.session.budget.TakeManifest(depth); err != nil {
		v.problem(who, d, "manifest", err.Error())
		return nil
	}
	kind := "manifest"
	if d.MediaType.IsIndex() {
		kind = "index"
	}
	m, ok, err := v.readManifest(ctx, who, d, kind)
	if err != nil || !ok {
		return err
	}
	parts, err := graph.Of(m)
	if err == nil {
		err = v.session.budget.TakeBlobs(len(parts.Blobs))
	}
	if err != nil {
		v.problem(who, m.Descriptor, kind, err.Error())
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(v.session.atOnce())
	group.Go(func() error { return v.parts(ctx, who, parts.Blobs, configOf(m)) })
	for _, child := range parts.Manifests {
		group.Go(func() error { return v.manifest(ctx, who, child, depth+1) })
	}
	return group.Wait()
}

// parts checks the blobs of one manifest.
func (v *verifier) parts(ctx context.Context, who need, blobs []v1.Descriptor, config v1.Hash) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(v.session.atOnce())
	for _, blob := range blobs {
		kind := "layer"
		if blob.Digest == config {
			kind = "config"
		}
		group.Go(func() error {
			_, err := v.blob(ctx, who, blob, kind, v.options.Deep)
			return err
		})
	}
	return group.Wait()
}

// configOf is the digest of the config of an image manifest.
func configOf(m store.Manifest) v1.Hash {
	if parsed, err := parseManifest(m); err == nil {
		return parsed.Config.Digest
	}
	return v1.Hash{}
}

// readManifest reads a manifest by its descriptor. It is not ok where that is recorded as a
// problem.
func (v *verifier) readManifest(ctx context.Context, who need, d v1.Descriptor, kind string) (store.Manifest, bool, error) {
	m, err := v.facts.manifest(ctx, who.in, d.Digest)
	reason, err := damage(ctx, err)
	if err != nil {
		return m, false, err
	}
	v.list(who.in, d.Digest)
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

// blob checks that a blob is there, and is what its descriptor says.
func (v *verifier) blob(ctx context.Context, who need, d v1.Descriptor, kind string, read bool) (bool, error) {
	if graph.IsNonDistributable(d) || v.again(who, d) {
		return true, nil
	}
	reason, err := v.blobState(ctx, who.in, d, read)
	if err != nil {
		return false, err
	}
	v.count(who, d, &v.blobs)
	if reason != "" {
		v.problem(who, d, kind, reason)
	}
	return reason == "", nil
}

// blobState tells why a blob is not as it should be; an error is that it could not be
// looked at.
func (v *verifier) blobState(ctx context.Context, in store.Source, d v1.Descriptor, read bool) (string, error) {
	if read {
		return damage(ctx, v.facts.content(ctx, in, d))
	}
	size, err := v.facts.size(ctx, in, d.Digest)
	if err == nil && size < 0 {
		return damage(ctx, v.facts.content(ctx, in, d)) // the store can't tell otherwise
	}
	if err == nil && size != d.Size {
		err = &remote.SizeError{Want: d.Size, Got: size}
	}
	return damage(ctx, err)
}

// damage tells the reason why something is not as it should be, or returns the error where
// it could not be looked at.
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

// again tells whether the same need has come to a descriptor before.
func (v *verifier) again(who need, d v1.Descriptor) bool {
	return v.mark(v.visited, who.name+" "+descriptorKey(who.in, d))
}

// count counts what is checked, each digest once.
func (v *verifier) count(who need, d v1.Descriptor, n *int) {
	if !v.mark(v.counted, digestName(who.in, d.Digest)) {
		v.mu.Lock()
		*n++
		v.mu.Unlock()
	}
}

// mark sets a mark and tells whether it was set before.
func (v *verifier) mark(marks map[string]bool, key string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	before := marks[key]
	marks[key] = true
	return before
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

// isListed tells whether a manifest of the package's store was reached.
func (v *verifier) isListed(digest v1.Hash) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.listed[digestName(v.at.Store, digest)]
}

// problem records that a descriptor's content is not right.
func (v *verifier) problem(who need, d v1.Descriptor, kind, reason string) {
	v.add(who.rank, report.Problem{Reference: digestName(who.in, d.Digest), Kind: kind, Reason: reason, NeededBy: who.name})
}

func (v *verifier) add(rank int, p report.Problem) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.problems = append(v.problems, ranked{p, rank})
}

// result puts together what was found: each problem once, with the first who has it.
func (v *verifier) result() *report.Verification {
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
		Reference: digestName(v.at.Store, v.root.Digest()),
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
