package progress

import (
	"io"
	"sync"
	"time"

	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/transfer"
)

// A Mode is how progress is shown.
type Mode string

// The modes.
const (
	// Auto is a line for each image on a terminal, and Plain everywhere else.
	Auto Mode = "auto"
	// Plain is an occasional line.
	Plain Mode = "plain"
	// JSON is one document per line.
	JSON Mode = "json"
	// None shows messages only.
	None Mode = "none"
)

// Modes lists the modes.
func Modes() []Mode { return []Mode{Auto, Plain, JSON, None} }

// Options configure how progress is shown.
type Options struct {
	Mode Mode
	// Terminal is set if the writer is a terminal.
	Terminal bool
	// Clock is the source of time; nil: the system's.
	Clock Clock
}

// A Reporter collects events and shows progress. It is safe for concurrent use.
type Reporter struct {
	view  view
	clock Clock

	mu      sync.Mutex
	state   state
	stop    chan struct{}
	stopped sync.WaitGroup
}

// A view shows a state. Its methods are not called concurrently.
type view interface {
	// interval is how often update is called; 0: never.
	interval() time.Duration
	// update shows the progress.
	update(s *state, now time.Time)
	// tell prints a message: a note, a warning, a wait.
	tell(m message)
	// end removes the progress, and prints the summary.
	end(s *state, now time.Time)
}

// A message is a note, a warning or a wait.
type message struct {
	kind string // "note", "warning" or "waiting"
	text string // safe to print
	line string // the text as it is printed
	host string // the host that is waited for
	wait time.Duration
}

// New returns a Reporter that writes to w. Close ends it.
func New(w io.Writer, o Options) *Reporter {
	r := &Reporter{clock: o.Clock, stop: make(chan struct{})}
	if r.clock == nil {
		r.clock = systemClock{}
	}
	switch {
	case o.Mode == JSON:
		r.view = &jsonView{w: w, clock: r.clock}
	case o.Mode == None:
		r.view = silentView{w: w}
	case o.Mode != Plain && o.Terminal:
		r.view = &liveView{w: w}
	default:
		r.view = &plainView{w: w}
	}
	r.state.begin(r.clock.Now())
	if every := r.view.interval(); every > 0 {
		ticks, end := r.clock.Ticks(every)
		r.stopped.Go(func() {
			defer end()
			r.watch(ticks)
		})
	}
	return r
}

// watch updates the view until the end.
func (r *Reporter) watch(ticks <-chan time.Time) {
	for {
		select {
		case <-r.stop:
			return
		case now := <-ticks:
			r.update(now)
		}
	}
}

// update updates the view.
func (r *Reporter) update(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.sample(now)
	r.view.update(&r.state, now)
}

// Wire records an event of a connection.
func (r *Reporter) Wire(e remote.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m, ok := r.state.wire(e, r.clock.Now()); ok {
		r.view.tell(m)
	}
}

// Transfer records an event of an image copy.
func (r *Reporter) Transfer(e transfer.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.transfer(e, r.clock.Now())
}

// Note prints a note, which must be safe to print.
func (r *Reporter) Note(text string) { r.tell(message{kind: "note", text: text, line: text}) }

// Warn prints a warning; line is its form for people.
func (r *Reporter) Warn(text, line string) { r.tell(message{kind: "warning", text: text, line: line}) }

func (r *Reporter) tell(m message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view.tell(m)
}

// Close removes the progress, and prints a summary if anything was copied.
func (r *Reporter) Close() {
	close(r.stop)
	r.stopped.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view.end(&r.state, r.clock.Now())
}
