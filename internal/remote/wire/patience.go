package wire

import (
	"sync"
	"time"
)

// Patience bounds how long all requests to one host together wait for nothing: a host that
// stalls each of a thousand requests once must not take a thousand times as long. Requests
// that wait at the same time count once. It is safe for concurrent use.
type Patience struct {
	// Limit is how long that may be, and a tenth of the time since the host's first stall
	// on top of it.
	Limit time.Duration

	mu       sync.Mutex
	hosts    map[string]*waits
	answered map[string]bool
}

// heard takes note that a host answered.
func (p *Patience) heard(host string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answered == nil {
		p.answered = map[string]bool{}
	}
	p.answered[host] = true
}

// hasAnswered reports whether a host ever answered.
func (p *Patience) hasAnswered(host string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answered[host]
}

// waits are those for one host.
type waits struct {
	first, until time.Time
	total        time.Duration
}

// charge counts a wait.
func (p *Patience) charge(host string, from, to time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hosts == nil {
		p.hosts = map[string]*waits{}
	}
	w := p.hosts[host]
	if w == nil {
		w = &waits{first: from}
		p.hosts[host] = w
	}
	if from.Before(w.until) {
		from = w.until
	}
	if to.After(from) {
		w.total += to.Sub(from)
		w.until = to
	}
}

// exhausted reports whether a host was waited for long enough.
func (p *Patience) exhausted(host string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.hosts[host]
	return w != nil && w.total >= p.Limit+time.Since(w.first)/10
}
