package registrytest

import (
	"net/http"
	"regexp"
	"slices"
	"sync"
)

// Fault is one thing that the server does wrong.
type Fault struct {
	// Match picks the requests; nil is all of them.
	Match Match
	// Do is what happens to them.
	Do Behavior
	// After lets that many matching requests pass first.
	After int
	// Every picks each nth matching request only, the nth first; 0 and 1 pick each.
	Every int
	// Times ends the fault after that many requests; 0 is never.
	Times int
}

// Match says whether a fault is for the request.
type Match func(*http.Request) bool

// On matches a method (several are separated by "|", "" is any) and a path in which the regular expression is found.
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

// Behavior stands around the handler that would answer honestly, which it may call, change or leave out. Any function of
// this type is one.
type Behavior func(honest http.Handler) http.Handler

// Faults is the switchboard: an ordered list of faults, empty at first, which may be changed at any time, also while
// requests are served. A request meets each fault that matches it and is not spent; the one that was added first stands
// outermost, and what it keeps from the rest does not count for them.
type Faults struct {
	mu   sync.Mutex
	live []*liveFault
}

type liveFault struct {
	Fault
	matched, hits int
}

// Active is faults that were added together.
type Active struct {
	of   *Faults
	live []*liveFault
}

// Add puts faults at the end of the list.
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

// Clear makes the server honest.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.live = nil
}

// Hits returns how many requests the faults have met.
func (a *Active) Hits() int {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	n := 0
	for _, fault := range a.live {
		n += fault.hits
	}
	return n
}

// Remove takes the faults from the list.
func (a *Active) Remove() {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	a.of.live = slices.DeleteFunc(slices.Clone(a.of.live), func(f *liveFault) bool { return slices.Contains(a.live, f) })
}

// meets counts the request and says whether the fault is for it.
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

// after returns the handler that is left once the faults before live had their turn.
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
