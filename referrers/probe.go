package referrers

import (
	"context"
	"sync"
)

// support is what is known about a registry's referrers API.
type support int

const (
	// unknown: the registry has not been asked yet, or its response proves nothing.
	unknown support = iota
	// served: the registry returned a list as an image index.
	served
	// absent: the tag schema must be used.
	absent
)

// probes remember the support of each registry. The first conclusive response counts;
// concurrent callers wait for it.
type probes struct {
	mu    sync.Mutex
	hosts map[string]*probe
}

type probe struct {
	turn chan struct{} // held by the caller that asks
	mu   sync.Mutex
	is   support
	// unreliable reports that the registry claimed to process a subject but never listed the
	// referrer.
	unreliable bool

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

// setClaimsUnreliable records that the registry claims to process subjects but does not
// list them, so that no caller waits for it again.
func (b *probe) setClaimsUnreliable() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unreliable = true
}

// claimsUnreliable reports whether the registry's claims are known to be wrong.
func (b *probe) claimsUnreliable() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.unreliable
}

// ask calls question unless the registry is known not to serve the API. As long as that is
// unknown, it makes one call at a time.
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
