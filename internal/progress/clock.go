package progress

import "time"

// A Clock is a Reporter's source of time, so that tests need not wait.
type Clock interface {
	// Now returns the time.
	Now() time.Time
	// Ticks sends the time at an interval, until end is called.
	Ticks(every time.Duration) (ticks <-chan time.Time, end func())
}

type systemClock struct{}

// Now implements Clock.
func (systemClock) Now() time.Time { return time.Now() }

// Ticks implements Clock.
func (systemClock) Ticks(every time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(every)
	return t.C, t.Stop
}
