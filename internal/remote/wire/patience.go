package wire

import (
	"sync"
	"time"
)

// Patience limits how long all requests to one host may stall in total: a host that stalls
// each of a thousand requests once must not take a thousand times as long. Requests that
// stall at the same time count once. It is safe for concurrent use.
type Patience struct {
	// Limit is that time, to which a tenth of the time since the host's first stall is added.
	Limit time.Duration

	mu       sync.Mutex
	hosts    map[string]*waits
	answered map[string]bool
}

// heard records that a host responded.
func (p *Patience) heard(host string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answered == nil {
		p.answered = map[string]bool{}
	}
	p.answered[host] = true
}

// hasAnswered reports whether a host ever responded.
func (p *Patience) hasAnswered(host string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answered[host]
}

// waits are the waits for one host.
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

// exhausted reports whether the waits for a host reached the limit.
func (p *Patience) exhausted(host string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.hosts[host]
	return w != nil && w.total >= p.Limit+time.Since(w.first)/10
}
