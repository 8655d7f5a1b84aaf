package progress

import "time"

// window is the time over which a rate is measured: long enough to be stable, and short enough
// to be current.
const window = 10 * time.Second

// A pace measures the rate of a transfer.
type pace struct {
	samples []sample
}

type sample struct {
	at    time.Time
	bytes int64
}

// sample records how much was transferred by a time.
func (p *pace) sample(now time.Time, bytes int64) {
	p.samples = append(p.samples, sample{now, bytes})
	for len(p.samples) > 2 && now.Sub(p.samples[1].at) >= window {
		p.samples = p.samples[1:]
	}
}

// rate returns the recent rate in bytes per second; 0 if it is not known.
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
