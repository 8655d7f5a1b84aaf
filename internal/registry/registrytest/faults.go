package registrytest

import "net/http"

// Faults is the switchboard.
type Faults struct{}

func (f *Faults) wrap(next http.Handler) http.Handler { return next }
