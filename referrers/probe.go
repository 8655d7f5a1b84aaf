package referrers

import (
	"context"
	"sync"
)

// support is what is known of a registry's referrers API.
type support int

const (
	// unknown says nothing: not asked yet, or the answer was none.
	unknown support = iota
	// served says that a list came as an image index.
	served
	// absent says that the tag schema has to be used.
	absent
)

// probes remember the support of each registry. The first question that a
// registry answers settles it; the others wait for that one.
type probes struct {
	mu    sync.Mutex
	hosts map[string]*probe
}

type probe struct {
	turn chan struct{} // held by the one who asks
	mu   sync.Mutex
	is   support
	lies bool // claimed a subject and never listed it

	conditions conditions
}

func (p *probes) of(registry string) *probe {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hosts == nil {
		p.hosts = map[string]*probe{}
	}
	b := p.hosts[registry]
	if b == nil {
		b = &probe{turn: make(chan struct{}, 1)}
		p.hosts[registry] = b
	}
	return b
}

func (b *probe) known() support {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.is
}

func (b *probe) learn(is support) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.is == unknown {
		b.is = is
	}
}

// lied notes that the registry claims subjects and does not list them, so that
// nobody waits for it again.
func (b *probe) lied() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lies = true
}

// truthful tells whether a claim is worth waiting for.
func (b *probe) truthful() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.lies
}

// ask runs the question unless the registry is known not to serve the API.
// While that is unknown, one question runs at a time.
func (b *probe) ask(ctx context.Context, question func() (support, error)) (support, error) {
	if b.known() == unknown {
		select {
		case b.turn <- struct{}{}:
		case <-ctx.Done():
			return unknown, context.Cause(ctx)
		}
		if b.known() == unknown {
			defer func() { <-b.turn }()
			is, err := question()
			if err == nil {
				b.learn(is)
			}
			return is, err
		}
		<-b.turn
	}
	if b.known() == absent {
		return absent, nil
	}
	return question()
}
