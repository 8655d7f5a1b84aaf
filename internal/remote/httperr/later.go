package httperr

import (
	"fmt"
	"time"
)

// A LaterError reports that a registry requests a longer wait before the next attempt than
// the client allows.
type LaterError struct {
	// Wait is the requested wait.
	Wait time.Duration
	// Err is the registry's response.
	Err error
}

func (e *LaterError) Error() string {
	return fmt.Sprintf("the registry requests a wait of %s: %v", e.Wait.Round(time.Second), e.Err)
}

// Unwrap returns the registry's response.
func (e *LaterError) Unwrap() error { return e.Err }
