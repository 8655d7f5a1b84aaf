package progress

import (
	"io"
	"sync"
	"time"

	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/transfer"
)

// A Mode is how progress is told.
type Mode string

// The modes.
const (
	// Auto is a line for each image on a terminal, and Plain everywhere else.
	Auto Mode = "auto"
	// Plain is a line now and then.
	Plain Mode = "plain"
	// JSON is a document a line.
	JSON Mode = "json"
	// None is nothing but messages.
	None Mode = "none"
)

// Modes lists the modes.
func Modes() []Mode { return []Mode{Auto, Plain, JSON, None} }

// Options say how progress is told.
type Options struct {
	Mode Mode
	// Terminal tells that the writer is a terminal.
	Terminal bool
	// Clock is the time; nil: the system's.
	Clock Clock
}

// A Reporter counts what happens and tells it. It is safe for concurrent use.
type Reporter struct {
	view  view
	clock Clock

	mu      sync.Mutex
	state   state
	stop    chan struct{}
	stopped sync.WaitGroup
}

// A view shows a state. Its methods are called one at a time.
type view interface {
	// interval is how often update is called; 0: never.
	interval() time.Duration
	// update shows how far it is.
	update(s *state, now time.Time)
	// tell shows a message: a note, a warning, a wait.
	tell(m message)
	// end takes away what update shows, and shows what moved.
	end(s *state, now time.Time)
}

// A message is something that people should know.
type message struct {
	kind string // "note", "warning" or "waiting"
	text string // safe to show
	line string // the text as it is shown
	host string // that is waited for
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

// Wire takes note of what happens on the wire.
func (r *Reporter) Wire(e remote.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m, ok := r.state.wire(e, r.clock.Now()); ok {
		r.view.tell(m)
	}
}

// Transfer takes note of what becomes of images.
func (r *Reporter) Transfer(e transfer.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.transfer(e, r.clock.Now())
}

// Note tells a note, which is safe to show.
func (r *Reporter) Note(text string) { r.tell(message{kind: "note", text: text, line: text}) }

// Warn tells a warning; line is how it is shown to people.
func (r *Reporter) Warn(text, line string) { r.tell(message{kind: "warning", text: text, line: line}) }

func (r *Reporter) tell(m message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view.tell(m)
}

// Close ends what is shown, and sums up what moved, if anything did.
func (r *Reporter) Close() {
	close(r.stop)
	r.stopped.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view.end(&r.state, r.clock.Now())
}
