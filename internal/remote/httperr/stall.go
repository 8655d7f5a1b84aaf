package httperr

import (
	"fmt"
	"time"
)

// A StallKind tells what a registry did not do in time.
type StallKind int

const (
	// NoAnswer says that it did not answer, or did not take the body of a request.
	NoAnswer StallKind = iota
	// NoBytes says that it stopped in the middle of a body.
	NoBytes
	// TooSlow says that a body arrived too slowly.
	TooSlow
	// Incomplete says that an answer was not complete in time.
	Incomplete
	// Exhausted says that it stalled too often, so that no more requests are sent there.
	Exhausted
)

// A StallError says that a request was given up because it made no progress.
type StallError struct {
	Host string
	Kind StallKind
	// Wait is the time of which it says something.
	Wait time.Duration
	// Rate is the bytes per second that are too few, for TooSlow.
	Rate int64
}

func (e *StallError) Error() string {
	switch e.Kind {
	case NoBytes:
		return fmt.Sprintf("%s stopped sending its answer and sent nothing for %s", e.Host, e.Wait)
	case TooSlow:
		return fmt.Sprintf("%s sent less than %d bytes per second for %s; over a slow connection, use --jobs 1", e.Host, e.Rate, e.Wait)
	case Incomplete:
		return fmt.Sprintf("%s did not complete its answer within %s", e.Host, e.Wait)
	case Exhausted:
		return fmt.Sprintf("%s kept this command waiting for more than %s in all, so it is asked nothing more", e.Host, e.Wait)
	default:
		return fmt.Sprintf("%s did not answer within %s", e.Host, e.Wait)
	}
}

// Timeout implements the method of net.Error.
func (e *StallError) Timeout() bool { return true }

// Temporary implements the method of net.Error.
func (e *StallError) Temporary() bool { return true }
