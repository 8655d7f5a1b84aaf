package registrytest

import (
	"net/http"
	"regexp"
	"slices"
	"sync"
)

// Fault is one misbehavior of the server.
type Fault struct {
	// Match selects the requests; nil means all.
	Match Match
	// Do is the behavior for these requests.
	Do Behavior
	// After is the number of matching requests that pass first.
	After int
	// Every selects only every nth matching request, the nth first; 0 and 1 mean each.
	Every int
	// Times ends the fault after that many requests; 0 means never.
	Times int
}

// Match reports whether a fault applies to the request.
type Match func(*http.Request) bool

// On matches a method (several are separated by "|", "" means any) and a path that matches the regular expression.
func On(method, pathRegexp string) Match {
	methods := regexp.MustCompile("^(" + method + ")$")
	path := regexp.MustCompile(pathRegexp)
	return func(req *http.Request) bool {
		return (method == "" || methods.MatchString(req.Method)) && path.MatchString(req.URL.Path)
	}
}

// And narrows a match.
func (m Match) And(other Match) Match {
	return func(req *http.Request) bool { return m(req) && other(req) }
}

// Behavior wraps the honest handler, which it may call, change or ignore. Any function of this type is a Behavior.
type Behavior func(honest http.Handler) http.Handler

// Faults is an ordered list of faults, initially empty, which may be changed at any time, even while requests are
// served. Each fault that matches a request and is not used up applies; the first added is outermost, and requests that
// it does not pass on don't count for the others.
type Faults struct {
	mu   sync.Mutex
	live []*liveFault
}

type liveFault struct {
	Fault
	matched, hits int
}

// Active are faults that were added together.
type Active struct {
	of   *Faults
	live []*liveFault
}

// Add appends faults to the list.
func (f *Faults) Add(faults ...Fault) *Active {
	f.mu.Lock()
	defer f.mu.Unlock()
	active := &Active{of: f}
	for _, fault := range faults {
		active.live = append(active.live, &liveFault{Fault: fault})
	}
	f.live = append(f.live, active.live...)
	return active
}

// Clear removes all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.live = nil
}

// Hits returns the number of requests to which the faults applied.
func (a *Active) Hits() int {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	n := 0
	for _, fault := range a.live {
		n += fault.hits
	}
	return n
}

// Remove removes the faults from the list.
func (a *Active) Remove() {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	a.of.live = slices.DeleteFunc(slices.Clone(a.of.live), func(f *liveFault) bool { return slices.Contains(a.live, f) })
}

// meets counts the request and reports whether the fault applies to it.
func (f *Faults) meets(fault *liveFault, req *http.Request) bool {
	if fault.Match != nil && !fault.Match(req) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	fault.matched++
	turn := fault.matched - fault.After
	if turn <= 0 || fault.Every > 1 && turn%fault.Every != 0 || fault.Times > 0 && fault.hits >= fault.Times {
		return false
	}
	fault.hits++
	return true
}

func (f *Faults) wrap(honest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == loginPath {
			loginPage(http.StatusOK)(nil).ServeHTTP(w, req)
			return
		}
		f.mu.Lock()
		live := slices.Clone(f.live)
		f.mu.Unlock()
		f.after(live, honest).ServeHTTP(w, req)
	})
}

// after returns the handler for the remaining faults.
func (f *Faults) after(live []*liveFault, honest http.Handler) http.Handler {
	if len(live) == 0 {
		return honest
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		rest := f.after(live[1:], honest)
		if f.meets(live[0], req) {
			rest = live[0].Do(rest)
		}
		rest.ServeHTTP(w, req)
	})
}
