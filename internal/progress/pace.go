package progress

import "time"

// window is the time that a rate is measured over: long enough to be calm, and short enough
// to be true.
const window = 10 * time.Second

// A pace is how fast something moves.
type pace struct {
	samples []sample
}

type sample struct {
	at    time.Time
	bytes int64
}

// sample notes how much has moved by a time.
func (p *pace) sample(now time.Time, bytes int64) {
	p.samples = append(p.samples, sample{now, bytes})
	for len(p.samples) > 2 && now.Sub(p.samples[1].at) >= window {
		p.samples = p.samples[1:]
	}
}

// rate is how many bytes have moved in a second of late; 0 where that is not known.
func (p *pace) rate() float64 {
	if len(p.samples) < 2 {
		return 0
	}
	first, last := p.samples[0], p.samples[len(p.samples)-1]
	seconds := last.at.Sub(first.at).Seconds()
	if seconds <= 0 {
		return 0
	}
	return float64(last.bytes-first.bytes) / seconds
}
