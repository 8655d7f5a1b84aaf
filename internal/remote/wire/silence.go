package wire

import (
	"net/http"
	"sync"
	"time"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// silence measures how long no bytes are transferred, and ends a request when that is too
// long. It is safe for concurrent use.
type silence struct {
	stall *Stall
	req   *http.Request
	kind  httperr.StallKind
	end   func(cause error)

	mu     sync.Mutex
	timer  *time.Timer
	active bool
	closed bool
	over   bool
	since  time.Time
	limit  time.Duration
}

// start begins or restarts the measurement.
func (s *silence) start(limit time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.over {
		return
	}
	s.active, s.since, s.limit = true, time.Now(), limit
	if s.timer == nil {
		s.timer = time.AfterFunc(limit, s.fire)
	} else {
		s.timer.Reset(limit)
	}
}

// stop ends the measurement until the next start.
func (s *silence) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active = false
	if s.timer != nil {
		s.timer.Stop()
	}
}

// close ends the measurement permanently.
func (s *silence) close() {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// fire ends a silence that is too long.
func (s *silence) fire() {
	s.mu.Lock()
	if !s.active {
		s.mu.Unlock()
		return
	}
	since, waited := s.since, time.Since(s.since)
	s.over = waited >= s.limit
	if s.over {
		s.active = false
	} else {
		s.timer.Reset(s.limit - waited) // it was restarted meanwhile
	}
	over := s.over
	s.mu.Unlock()
	if over {
		s.stall.Patience.charge(s.req.URL.Host, since, since.Add(waited))
		s.end(errStalled)
	}
}

// isOver reports whether the silence was too long.
func (s *silence) isOver() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// error returns the error of a silence that was too long.
func (s *silence) error() *httperr.StallError {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &httperr.StallError{Host: s.req.URL.Host, Kind: s.kind, Wait: s.limit}
}
