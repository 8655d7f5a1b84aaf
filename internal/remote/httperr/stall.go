package httperr

import (
	"fmt"
	"time"
)

// A StallKind is what a registry did not do in time.
type StallKind int

const (
	// NoAnswer means that it did not respond, or did not accept the body of a request.
	NoAnswer StallKind = iota
	// NoBytes means that it stopped in the middle of a body.
	NoBytes
	// TooSlow means that a body arrived too slowly.
	TooSlow
	// Incomplete means that a response was not complete in time.
	Incomplete
	// Exhausted means that it stalled too often, so that no more requests are sent.
	Exhausted
)

// A StallError reports that a request was canceled because it made no progress.
type StallError struct {
	Host string
	Kind StallKind
	// Wait is the time that passed.
	Wait time.Duration
	// Rate is the required rate in bytes per second, for TooSlow.
	Rate int64
}

func (e *StallError) Error() string {
	switch e.Kind {
	case NoBytes:
		return fmt.Sprintf("%s stopped sending its response and sent nothing for %s", e.Host, e.Wait)
	case TooSlow:
		return fmt.Sprintf("%s sent less than %d bytes per second for %s; on a slow connection, use --jobs 1", e.Host, e.Rate, e.Wait)
	case Incomplete:
		return fmt.Sprintf("%s did not complete its response within %s", e.Host, e.Wait)
	case Exhausted:
		return fmt.Sprintf("%s kept this command waiting for more than %s in total, so no more requests are sent to it", e.Host, e.Wait)
	default:
		return fmt.Sprintf("%s did not respond within %s", e.Host, e.Wait)
	}
}

// Timeout implements the method of net.Error.
func (e *StallError) Timeout() bool { return true }

// Temporary implements the method of net.Error.
func (e *StallError) Temporary() bool { return true }
