package httperr

import (
	"fmt"
	"time"
)

// A LaterError says that a registry asks to wait before the next attempt, for longer than
// is waited.
type LaterError struct {
	// Wait is how long.
	Wait time.Duration
	// Err is what the registry answered.
	Err error
}

func (e *LaterError) Error() string {
	return fmt.Sprintf("the registry asks to try again in %s: %v", e.Wait.Round(time.Second), e.Err)
}

// Unwrap returns what the registry answered.
func (e *LaterError) Unwrap() error { return e.Err }
