package referrers

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/limits"
)

const (
	// settleWindows is the number of read-to-write windows, each as long as the longest one
	// seen, that an update waits before it checks again.
	settleWindows = 4
	// maxSettle limits that wait.
	maxSettle = 15 * time.Second
	// freshFor is how much more time than the fastest read may pass from the start of a read
	// to the write.
	freshFor = 50 * time.Millisecond
	// maxStale is how many slower reads in a row are discarded: on a machine that has become
	// slow, no read is faster.
	maxStale = 3
	// maxWrites limits an update that others keep undoing, maxLooks one whose list others keep
	// extending.
	maxWrites = 100
	maxLooks  = 40
	// maxFailures limits the writes that fail temporarily, maxMissed those that the registry
	// rejects because it briefly misses an existing manifest.
	maxFailures = 12
	maxMissed   = 5
)

// An update applies changes to one subject's list under the referrers tag, and verifies
// that they last. It holds the subject's turn.
type update struct {
	c       *Client
	subject name.Digest
	st      *subjectState
	cond    *conditions

	add map[string]v1.Descriptor // pushed by this process
	// drop are digests to remove from the list: their manifests are gone or, with
	// force, are about to be deleted.
	drop  map[string]bool
	force bool

	last      *snapshot     // the list as last read or written
	rejected  *snapshot     // the list that a rejected write was based on
	removed   string        // digest of the list that was last deleted with its tag
	fastest   time.Duration // fastest read
	window    time.Duration // recent longest time from a read to the end of its write
	contended bool          // others write concurrently
	undone    bool          // the last check found something missing
	proved    bool          // the last write was a compare-and-swap
	writes    int
	checks    int // manifests checked with the registry
	failures  int
	missed    int
}

func (c *Client) newUpdate(subject name.Digest, st *subjectState) *update {
	return &update{
		c: c, subject: subject, st: st, drop: map[string]bool{},
		cond: &c.probes.of(subject.RegistryStr()).conditions,
	}
}

// run writes the list and checks again until it no longer changes.
func (u *update) run(ctx context.Context) error {
	changed, err := u.apply(ctx)
	if err != nil || !changed {
		return err
	}
	return u.settle(ctx)
}

// settle checks the list until it no longer changes: once if no other writer was seen,
// otherwise twice in a row.
func (u *update) settle(ctx context.Context) error {
	for look, still := 0, 0; !u.proved; look++ {
		if err := u.c.sleep(ctx, u.delay()); err != nil {
			return err
		}
		// Even the slowest writer so far has finished by now.
		u.window /= 2
		before := u.last.digest
		changed, err := u.apply(ctx)
		if err != nil {
			return err
		}
		u.undone = changed
		if !changed && u.last.digest == before {
			if still++; still == 2 || !u.contended {
				return nil
			}
			continue
		}
		still, u.contended = 0, true
		if !changed && look >= maxLooks {
			return nil // others keep writing, but our entries remain
		}
	}
	return nil
}

// delay returns how long to wait before the next check. Writers who undid each other's
// updates wait a more random time than those who only check.
func (u *update) delay() time.Duration {
	d := min(max(u.c.settle, settleWindows*u.window), maxSettle)
	if u.undone {
		return d + jitter(2*d)
	}
	return d + jitter(d/2)
}

func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d)
}

// apply reads the list, and writes it if it needs a change, until a write is accepted. It
// reports whether it wrote.
func (u *update) apply(ctx context.Context) (bool, error) {
	checked := map[string]bool{} // with the registry, since apply began
	for stale := 0; ; {
		if err := u.read(ctx); err != nil {
			return false, err
		}
		lost := u.lost()
		asked, err := u.review(ctx, lost, checked)
		if err != nil {
			return false, err
		}
		if asked {
			continue // it took time, so read again
		}
		next, changed, err := merge(u.last.index, change{add: u.add, drop: u.drop, restore: lost})
		if err != nil || !changed {
			return false, err
		}
		if stale < maxStale && time.Since(u.last.asked) > freshFor+3*u.fastest {
			stale++ // this process was held up
			continue
		}
		if u.writes++; u.writes > maxWrites {
			return false, u.unsettled(nil)
		}
		done, err := u.write(ctx, next)
		if done || err != nil {
			return done, err
		}
	}
}

// read reads the list.
func (u *update) read(ctx context.Context) error {
	s, err := u.c.readTag(ctx, u.subject, u.last, nil)
	if err != nil {
		return err
	}
	took := time.Since(s.asked)
	if u.last == nil || took < u.fastest {
		u.fastest = took
	}
	u.window = max(u.window, took) // a write takes even longer
	u.last = s
	u.resolve()
	for _, e := range s.entries {
		if e.ok && !u.drop[e.digest] {
			u.st.seen[e.digest] = e
		}
	}
	return nil
}

// lost returns the entries of other writers that this process has seen and that are no
// longer listed.
func (u *update) lost() map[string]entry {
	lost := map[string]entry{}
	for digest, e := range u.st.seen {
		if _, own := u.add[digest]; !own && !u.drop[digest] {
			lost[digest] = e
		}
	}
	for _, e := range u.last.entries {
		delete(lost, e.digest)
	}
	return lost
}

// review checks with the registry the entries to restore, and those that reappeared after
// they were dropped: a lost entry may have been deleted, and a deleted manifest may have
// been pushed again. It reports whether it sent requests.
func (u *update) review(ctx context.Context, lost map[string]entry, checked map[string]bool) (asked bool, err error) {
	var unchecked []string
	for digest := range lost {
		if !checked[digest] {
			unchecked = append(unchecked, digest)
		}
	}
	for _, e := range u.last.entries {
		if u.drop[e.digest] && !u.force && !checked[e.digest] {
			unchecked = append(unchecked, e.digest)
		}
	}
	if len(unchecked) == 0 {
		return false, nil
	}
	gone, err := u.gone(ctx, unchecked)
	if err != nil {
		return false, err
	}
	for _, digest := range unchecked {
		checked[digest] = true
		if gone[digest] {
			u.drop[digest] = true
			delete(u.st.seen, digest)
		} else {
			delete(u.drop, digest)
		}
	}
	return true, nil
}

// gone returns the manifests that are no longer in the repository. It fails if the list
// changes so much that the checks would not end.
func (u *update) gone(ctx context.Context, digests []string) (map[string]bool, error) {
	if u.checks += len(digests); u.checks > limits.ReferrerChecks {
		return nil, u.unsettled(&limits.Error{What: "entries in doubt", Limit: limits.ReferrerChecks})
	}
	gone := u.c.gone(ctx, u.subject.Context(), digests)
	return gone, context.Cause(ctx)
}

// write writes the list to the tag. If that failed but reading again may help, it returns
// false without an error.
func (u *update) write(ctx context.Context, next *index) (bool, error) {
	read := u.last
	var result outcome
	var a *answer
	var err error
	// If the list can still be read after its deletion, its tag can't be deleted.
	if next.isEmpty() && read.digest != "" && read.digest != u.removed {
		u.removed = read.digest
		result, a, err = u.c.removeTag(ctx, u.subject, read, next, u.cond.use())
	} else {
		result, a, err = u.c.writeTag(ctx, u.subject, read, next, u.cond.use())
	}
	u.proved = false
	u.window = max(u.window, time.Since(read.asked))
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case result == later:
		if u.failures++; u.failures > maxFailures {
			return false, u.unsettled(err)
		}
		return false, u.c.sleep(ctx, u.backoff(u.failures))
	case err != nil:
		return false, err
	case result == outdated:
		u.contended, u.rejected = true, read
		return false, u.c.sleep(ctx, jitter(2*u.window))
	case result == dangling:
		u.contended = true
		return false, u.dropDangling(ctx, a, next)
	}
	u.proved = u.cond.proved(read)
	u.last = wroteSnapshot(next)
	return true, nil
}

// wroteSnapshot returns the list as this process wrote it.
func wroteSnapshot(next *index) *snapshot {
	s := &snapshot{index: next}
	if !next.isEmpty() {
		s.digest = digestOf(next.encode())
		// Most registries use the digest as ETag; with others this matches nothing.
		s.etag = `"` + s.digest + `"`
	}
	return s
}

// backoff returns the wait after a write that failed temporarily. The underlying client
// waits for Retry-After before the next request.
func (u *update) backoff(failures int) time.Duration {
	return 50*time.Millisecond + jitter(min(50*time.Millisecond<<failures, 5*time.Second))
}

// unsettled returns the error of an abandoned update.
func (u *update) unsettled(err error) error {
	var missing []string
	for _, digest := range slices.Sorted(maps.Keys(u.add)) {
		if !u.last.has(digest) {
			missing = append(missing, digest)
		}
	}
	return &UnsettledError{Tag: Tag(u.subject), Missing: missing, Err: err}
}
