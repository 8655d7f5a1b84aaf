package referrers

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const (
	// settleWindows is how many times the longest window that was seen, from reading
	// the tag to having written it, an update waits before it looks again.
	settleWindows = 4
	// maxSettle bounds that wait.
	maxSettle = 15 * time.Second
	// freshFor is how much longer than the fastest read a read, and what follows it,
	// may take before the write is sent.
	freshFor = 50 * time.Millisecond
	// maxStale is how often in a row a read that took longer is discarded: on a machine
	// that has become slow, there is no better one.
	maxStale = 3
	// maxWrites bounds an update that others keep undoing, maxLooks one to whose list
	// others keep adding.
	maxWrites = 100
	maxLooks  = 40
	// maxFailures bounds the writes that fail for a temporary reason, maxMissed those
	// that the registry refuses because it misses a manifest that it has.
	maxFailures = 12
	maxMissed   = 5
)

// An update makes one subject's list under the referrers tag what it should be, and sees
// that it stays so. It holds the subject's turn.
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

	last      *snapshot     // the list as read or written last
	rejected  *snapshot     // what a write that was refused was based on
	removed   string        // digest of the list that was deleted last, with its tag
	fastest   time.Duration // of the reads
	window    time.Duration // the longest lately from a read to the end of its write
	contended bool          // somebody else writes at the same time
	undone    bool          // the last look found something missing
	proved    bool          // the last write was a compare-and-swap
	writes    int
	failures  int
	missed    int
}

func (c *Client) newUpdate(subject name.Digest, st *subjectState) *update {
	return &update{
		c: c, subject: subject, st: st, drop: map[string]bool{},
		cond: &c.probes.of(subject.RegistryStr()).conditions,
	}
}

// run writes the list and looks again until it no longer changes.
func (u *update) run(ctx context.Context) error {
	changed, err := u.apply(ctx)
	if err != nil || !changed {
		return err
	}
	return u.settle(ctx)
}

// settle looks at the list again until it no longer changes: once if nobody else was seen
// writing, twice in a row otherwise.
func (u *update) settle(ctx context.Context) error {
	for look, still := 0, 0; !u.proved; look++ {
		if err := u.c.sleep(ctx, u.delay()); err != nil {
			return err
		}
		// Whoever was as slow as the slowest so far has finished by now.
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
			return nil // others keep writing, and what is ours stays
		}
	}
	return nil
}

// delay is how long to wait before the next look. Writers who undid each
// other's updates spread more than those who only watch.
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

// apply reads the list, and writes it if it is not what it should be, until a write is
// accepted. It reports whether it wrote.
func (u *update) apply(ctx context.Context) (bool, error) {
	checked := map[string]bool{} // with the registry, since apply began
	for stale := 0; ; {
		if err := u.read(ctx); err != nil {
			return false, err
		}
		lost := u.lost()
		if u.review(ctx, lost, checked) {
			continue // asking took time, so read once more
		}
		next, changed, err := merge(u.last.index, change{add: u.add, drop: u.drop, restore: lost})
		if err != nil || !changed {
			return false, err
		}
		if stale < maxStale && time.Since(u.last.asked) > freshFor+3*u.fastest {
			stale++ // something held this process up
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
	s, err := u.c.readTag(ctx, u.subject, u.last)
	if err != nil {
		return err
	}
	took := time.Since(s.asked)
	if u.last == nil || took < u.fastest {
		u.fastest = took
	}
	u.window = max(u.window, took) // a write takes longer still
	u.last = s
	u.resolve()
	for _, e := range s.entries {
		if e.ok && !u.drop[e.digest] {
			u.st.seen[e.digest] = e
		}
	}
	return nil
}

// lost are the entries of others that this process has seen and that are no longer listed.
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

// review asks the registry about what is about to be put back, and about what came back to
// the list after it was dropped: an entry that vanished may have been deleted, and a
// manifest that was deleted may have been pushed again. It reports whether it had to ask.
func (u *update) review(ctx context.Context, lost map[string]entry, checked map[string]bool) (asked bool) {
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
		return false
	}
	gone := u.c.gone(ctx, u.subject.Context(), unchecked)
	for _, digest := range unchecked {
		checked[digest] = true
		if gone[digest] {
			u.drop[digest] = true
			delete(u.st.seen, digest)
		} else {
			delete(u.drop, digest)
		}
	}
	return true
}

// write puts the list under the tag. If it could not, and reading again may help, it returns
// false and no error.
func (u *update) write(ctx context.Context, next *index) (bool, error) {
	read := u.last
	var result outcome
	var a *answer
	var err error
	// A list that is read again after its deletion has a tag that stays.
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

// wroteSnapshot is the list as this process wrote it.
func wroteSnapshot(next *index) *snapshot {
	s := &snapshot{index: next}
	if !next.isEmpty() {
		s.digest = digestOf(next.encode())
		// Most registries use the digest; with others this matches nothing.
		s.etag = `"` + s.digest + `"`
	}
	return s
}

// backoff is the wait after a write that failed for a temporary reason. The client below
// waits as long as Retry-After says before the next request.
func (u *update) backoff(failures int) time.Duration {
	return 50*time.Millisecond + jitter(min(50*time.Millisecond<<failures, 5*time.Second))
}

// unsettled is the error of an update that was given up.
func (u *update) unsettled(err error) error {
	var missing []string
	for _, digest := range slices.Sorted(maps.Keys(u.add)) {
		if !u.last.has(digest) {
			missing = append(missing, digest)
		}
	}
	return &UnsettledError{Tag: Tag(u.subject), Missing: missing, Err: err}
}
