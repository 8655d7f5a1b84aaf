package traffic

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// fewStreams is how many large blobs may always stream: while one waits for its response,
	// the other uses the connection.
	fewStreams = 2
	// unmeasured is how many bytes may be in transit before the rate of the connection is
	// known.
	unmeasured = 4 << 20
	// horizon is the time in which the bytes in transit should arrive. A blob that fits into
	// it delays the others by less than that.
	horizon = time.Second
	// head is how many bytes of a stream don't count for the rate: buffers accept them
	// immediately.
	head = 256 << 10
	// sampleTime is how long the rate is measured before it is evaluated, unless no rate is
	// known yet and the first firstSample bytes take less: on a fast connection, small
	// applications have arrived by then.
	sampleTime  = 500 * time.Millisecond
	firstSample = 2 << 20
	// settling and measuring are the number of samples to skip after another stream starts,
	// and the number of samples in which to measure its gain.
	settling, measuring = 2, 2
	// pause is the number of samples before another stream is tried, after one without gain.
	pause = 20
)

// Streams limit the blobs that are transferred concurrently, to and from all registries, to
// what the connection handles well. On a slow connection, many streams all arrive late, so
// that an interruption loses the work of all; few streams arrive one after the other, just
// as fast. On a fast connection with high latency, one stream can't use all of it.
//
// A blob streams if few others do; or if all of them will soon have arrived at the measured
// rate; or if another stream increases the total rate.
type Streams struct {
	most  int
	clock Clock

	mu     sync.Mutex
	active int
	large  int   // active streams of more than head bytes; the others are no burden
	left   int64 // bytes of the active streams
	queue  []*waiting

	since   time.Time // when the sample began; zero until bytes arrive
	sampled int64     // bytes of the sample
	rate    float64   // bytes per second of the last sample; 0: unknown

	limit int // large streams, regardless of their remaining bytes
	probe probe
}

// A probe measures whether more streams are faster.
type probe struct {
	samples int     // since the limit changed
	sum     float64 // of the rates that were measured
	streams int     // active before the limit was raised; 0: it was not
	before  float64 // the rate with these streams
	pause   int     // samples before the limit is raised again
}

// waiting is a stream that waits to be admitted.
type waiting struct {
	size     int64
	admitted chan struct{}
}

// NewStreams returns Streams with at most the given number of active streams.
func NewStreams(most int, clock Clock) *Streams {
	return &Streams{most: most, clock: clock, limit: min(fewStreams, most)}
}

// A Stream is a blob transfer in progress.
type Stream struct {
	of   *Streams
	size int64
	done int64
	left bool
}

// TryEnter begins a stream of size bytes, unless it has to wait.
func (s *Streams) TryEnter(size int64) (*Stream, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) > 0 || !s.admits(size) {
		return nil, false
	}
	s.begin(size)
	return &Stream{of: s, size: size}, true
}

// Enter begins a stream of size bytes, once there is capacity. The caller must not hold
// anything that the other streams need to finish.
func (s *Streams) Enter(ctx context.Context, size int64) (*Stream, error) {
	s.mu.Lock()
	w := &waiting{size: size, admitted: make(chan struct{})}
	s.queue = append(s.queue, w)
	s.admit()
	s.mu.Unlock()
	select {
	case <-w.admitted:
		return &Stream{of: s, size: size}, nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.queue, w); i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
	} else {
		s.end(size, size)
	}
	s.admit()
	return nil, context.Cause(ctx)
}

// Moved counts n transferred bytes. The stream ends with its last byte: the registry may
// take long to store the blob, and the connection is free meanwhile.
func (t *Stream) Moved(n int64) {
	s := t.of
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.left {
		return
	}
	counted := min(n, max(0, t.done+n-head))
	n = min(n, t.size-t.done)
	t.done += n
	s.left -= n
	s.sample(counted)
	if t.done == t.size {
		t.left = true
		s.end(t.size, 0)
	}
	s.admit()
}

// Leave ends the stream; the second time, or on nil, it does nothing.
func (t *Stream) Leave() {
	if t == nil {
		return
	}
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	if !t.left {
		t.left = true
		t.of.end(t.size, t.size-t.done)
		t.of.admit()
	}
}

func (s *Streams) begin(size int64) {
	if s.active == 0 {
		s.since, s.sampled = time.Time{}, 0 // while the connection was idle, it had no rate
	}
	s.active++
	if size > head {
		s.large++
	}
	s.left += size
}

// end ends a stream of size bytes, of which some are left.
func (s *Streams) end(size, left int64) {
	s.active--
	if size > head {
		s.large--
	}
	s.left -= left
}

// admit begins the streams that have waited longest, as capacity allows.
func (s *Streams) admit() {
	for len(s.queue) > 0 && s.admits(s.queue[0].size) {
		s.begin(s.queue[0].size)
		close(s.queue[0].admitted)
		s.queue = s.queue[1:]
	}
}

func (s *Streams) admits(size int64) bool {
	if s.active >= s.most {
		return false
	}
	return s.large < s.limit || s.left+size <= max(unmeasured, int64(s.rate*horizon.Seconds()))
}

// sample counts bytes, and evaluates the rate after the first sample and then after each
// sampleTime.
func (s *Streams) sample(n int64) {
	now := s.clock.Now()
	if s.since.IsZero() {
		if n > 0 {
			s.since = now
		}
		return
	}
	s.sampled += n
	took := now.Sub(s.since)
	if took < sampleTime && (s.rate > 0 || s.sampled < firstSample || took <= 0) {
		return
	}
	s.rate = float64(s.sampled) / took.Seconds()
	s.since, s.sampled = now, 0
	if len(s.queue) > 0 && s.large >= s.limit {
		s.judge()
	}
}

// judge raises the limit while more streams are faster, and lowers it again if the last
// increase did not help.
func (s *Streams) judge() {
	p := &s.probe
	if p.pause > 0 {
		p.pause--
		return
	}
	if p.samples++; p.samples <= settling {
		return
	}
	p.sum += s.rate
	if p.samples < settling+measuring {
		return
	}
	rate := p.sum / measuring
	p.samples, p.sum = 0, 0
	step := 1
	if p.streams > 0 {
		gain := float64(s.large-p.streams) / float64(p.streams) // if each stream is as fast as before
		if rate < p.before*(1+0.3*gain) {
			s.limit, s.probe = max(min(p.streams, s.most), min(fewStreams, s.most)), probe{pause: pause}
			return
		}
		step = s.large
	}
	p.streams, p.before = s.large, rate
	s.limit = min(s.large+step, s.most)
}
