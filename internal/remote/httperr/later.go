package httperr

import (
	"errors"
	"fmt"
	"time"
)

// A LaterError reports that a registry, or a proxy, requests a longer wait before the next attempt than
// the client allows.
type LaterError struct {
	// Wait is the requested wait.
	Wait time.Duration
	// Err is the response.
	Err error
}

func (e *LaterError) Error() string {
	by := "the registry"
	var busy *BusyProxyError
	if errors.As(e.Err, &busy) {
		by = "the proxy"
	}
	return fmt.Sprintf("%s requests a wait of %s: %v", by, e.Wait.Round(time.Second), e.Err)
}

// Unwrap returns the response.
func (e *LaterError) Unwrap() error { return e.Err }

// A BusyProxyError reports that a proxy does not open a connection to a registry at the moment.
type BusyProxyError struct {
	// Status is the status of its response.
	Status int
	// RetryAfter is the wait that the response requests.
	RetryAfter time.Duration
	// Err is the response as text.
	Err error
}

func (e *BusyProxyError) Error() string { return e.Err.Error() }
