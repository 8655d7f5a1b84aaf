// Package progress tells people how far a command is: on a terminal by a line
// that it keeps up to date, and everywhere by a summary of what moved.
package progress

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/ocompose/ocompose/internal/printable"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/transfer"
)

// interval is how often the line is drawn, which is as often as eyes follow.
const interval = 100 * time.Millisecond

// noteworthy is how long a wait is that is told everywhere, and how often it is told.
const noteworthy = 10 * time.Second

// A Reporter counts what happens and shows it. It is safe for concurrent use.
type Reporter struct {
	w    io.Writer
	live bool

	mu     sync.Mutex
	counts counts
	drawn  int // characters of the line that is on the screen
	stop   chan struct{}
	noted  time.Time // when a line about a wait was printed

	waiting    time.Time // until when is waited before something is tried again
	waitingFor string

	silent      time.Time // when a request was last reported to make no progress
	silentSince time.Time
	silentHost  string

	stopped sync.WaitGroup
}

// counts are what moved so far.
type counts struct {
	found, present, mounted, sent int
	manifests                     int
	bytes                         int64 // of blobs that were sent whole
	passed                        int64 // over the wire so far
}

// New returns a Reporter that writes to w. A live one keeps a line up to date
// there, as a terminal can show it. Close ends it.
func New(w io.Writer, live bool) *Reporter {
	r := &Reporter{w: w, live: live, stop: make(chan struct{})}
	if live {
		r.stopped.Go(r.draw)
	}
	return r
}

// Wire takes note of what happens on the wire.
func (r *Reporter) Wire(e remote.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e.Kind {
	case remote.BytesSent:
		r.counts.passed += e.Bytes
	case remote.Waiting:
		now := time.Now()
		if until := now.Add(e.Wait); until.After(r.waiting) {
			r.waiting, r.waitingFor = until, printable.Line(e.Host)
			if e.Wait >= noteworthy {
				r.noteWait(now, r.waitLine(now))
			}
		}
	case remote.Silent:
		now := time.Now()
		r.silent, r.silentHost, r.silentSince = now, printable.Line(e.Host), now.Add(-e.Wait)
		r.noteWait(now, r.silentLine(now))
	}
}

// noteWait prints a line about a wait where no line is kept up to date, but not many.
func (r *Reporter) noteWait(now time.Time, line string) {
	if !r.live && now.Sub(r.noted) >= noteworthy {
		r.noted = now
		fmt.Fprintln(r.w, line)
	}
}

func (r *Reporter) waitLine(now time.Time) string {
	return fmt.Sprintf("waiting for %s: trying again in %d s", r.waitingFor, int(r.waiting.Sub(now).Round(time.Second).Seconds()))
}

func (r *Reporter) silentLine(now time.Time) string {
	return fmt.Sprintf("waiting for %s, which has sent nothing for %d s", r.silentHost, int(now.Sub(r.silentSince).Seconds()))
}

// Transfer takes note of what becomes of images.
func (r *Reporter) Transfer(e transfer.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e.Kind {
	case transfer.BlobFound:
		r.counts.found++
	case transfer.BlobPresent:
		r.counts.present++
	case transfer.BlobMounted:
		r.counts.mounted++
	case transfer.BlobSent:
		r.counts.sent++
		r.counts.bytes += e.Desc.Size
	case transfer.ManifestSent:
		r.counts.manifests++
	}
}

// Note prints a line above the one that is kept up to date.
func (r *Reporter) Note(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clear()
	fmt.Fprintln(r.w, line)
}

// Close takes the line away and sums up what moved, if anything did.
func (r *Reporter) Close() {
	close(r.stop)
	r.stopped.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clear()
	if r.counts.manifests > 0 {
		fmt.Fprintln(r.w, r.counts.summary())
	}
}

// draw keeps the line up to date until the end.
func (r *Reporter) draw() {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-r.stop:
			return
		case now := <-tick.C:
			r.redraw(now)
		}
	}
}

// redraw puts the line of the moment in place of the last one.
func (r *Reporter) redraw(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	line := r.counts.line()
	if wait := r.waiting.Sub(now); wait > time.Second {
		line = r.waitLine(now)
	} else if now.Sub(r.silent) < noteworthy+time.Second {
		line = r.silentLine(now)
	}
	if line == "" {
		return
	}
	fmt.Fprintf(r.w, "\r%s%s", line, strings.Repeat(" ", max(0, r.drawn-len(line))))
	r.drawn = len(line)
}

// clear takes the line away.
func (r *Reporter) clear() {
	if r.drawn > 0 {
		fmt.Fprintf(r.w, "\r%s\r", strings.Repeat(" ", r.drawn))
		r.drawn = 0
	}
}

// line is how far it is.
func (c counts) line() string {
	if c.found == 0 {
		return ""
	}
	return fmt.Sprintf("copying: %d of %d blobs, %d manifests, %s sent", c.present+c.mounted+c.sent, c.found, c.manifests, Bytes(c.passed))
}

// summary is what moved.
func (c counts) summary() string {
	return fmt.Sprintf("copied %d manifests and %d blobs: %d mounted, %d there already, %d sent (%s)",
		c.manifests, c.found, c.mounted, c.present, c.sent, Bytes(c.bytes))
}

// Bytes writes a number of bytes for people.
func Bytes(n int64) string {
	switch {
	case n < 10<<10:
		return fmt.Sprintf("%d B", n)
	case n < 10<<20:
		return fmt.Sprintf("%d KiB", n>>10)
	default:
		return fmt.Sprintf("%d MiB", n>>20)
	}
}
