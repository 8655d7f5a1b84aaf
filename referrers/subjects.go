package referrers

import (
	"context"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxIdleSubjects limits the idle subjects that are remembered.
const maxIdleSubjects = 1024

// subjects serialize the updates of each subject's list in this process, and remember the
// entries that were seen in it.
type subjects struct {
	mu sync.Mutex
	m  map[string]*subjectState
}

// A subjectState is shared by the updates of one subject.
type subjectState struct {
	turn  chan struct{} // held by the running update
	users int           // guarded by subjects.mu

	mu   sync.Mutex
	next *batch // collects additions while an update runs

	seen map[string]entry // was listed and not deleted; for the holder of the turn
}

// enter returns the state of a subject; the caller calls leave when it is done.
func (s *subjects) enter(subject name.Digest) *subjectState {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[string]*subjectState{}
	}
	key := subject.Name()
	st := s.m[key]
	if st == nil {
		if len(s.m) >= maxIdleSubjects {
			s.forget()
		}
		st = &subjectState{turn: make(chan struct{}, 1), seen: map[string]entry{}}
		s.m[key] = st
	}
	st.users++
	return st
}

func (s *subjects) leave(st *subjectState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.users--
}

// forget removes unused states.
func (s *subjects) forget() {
	for key, st := range s.m {
		if st.users == 0 {
			delete(s.m, key)
		}
	}
}

// exclusive runs f while no other update of the subject runs in this process.
func (st *subjectState) exclusive(ctx context.Context, f func(context.Context) error) error {
	select {
	case st.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-st.turn }()
	return f(ctx)
}

// A batch is a set of additions for one update: those that arrived while the previous
// update was running.
type batch struct {
	add     map[string]v1.Descriptor
	waiting int
	cancel  context.CancelFunc
	done    chan struct{}
	err     error
}

// addToTag adds desc to the tag schema of subject, and returns when the list has settled.
func (c *Client) addToTag(ctx context.Context, subject name.Digest, desc v1.Descriptor) error {
	st := c.subjects.enter(subject)
	defer c.subjects.leave(st)

	st.mu.Lock()
	b := st.next
	if b == nil {
		// The update is shared by all callers who join, so it is canceled when the last of them
		// gives up, not the first.
		shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
		b = &batch{add: map[string]v1.Descriptor{}, cancel: cancel, done: make(chan struct{})}
		st.next = b
		go c.runBatch(shared, subject, st, b)
	}
	b.add[desc.Digest.String()] = desc
	b.waiting++
	st.mu.Unlock()

	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		st.mu.Lock()
		defer st.mu.Unlock()
		if b.waiting--; b.waiting == 0 {
			b.cancel()
			if st.next == b {
				st.next = nil
			}
		}
		return context.Cause(ctx)
	}
}

func (c *Client) runBatch(ctx context.Context, subject name.Digest, st *subjectState, b *batch) {
	defer close(b.done)
	defer b.cancel()
	b.err = st.exclusive(ctx, func(ctx context.Context) error {
		st.mu.Lock()
		if st.next == b {
			st.next = nil
		}
		st.mu.Unlock()
		u := c.newUpdate(subject, st)
		u.add = b.add
		return u.run(ctx)
	})
}
