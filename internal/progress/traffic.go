package progress

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/remote"
)

// traffic is the data transferred over all connections.
type traffic struct {
	requests       int
	received, sent int64
	blobs          int64 // bytes of blobs that were sent completely
	pace           pace
	awaited        awaited
	// heard is the time of the last response or byte from any host, or of the first request or read
	// after a time without.
	heard time.Time
}

// awaited counts, for each host, the requests without a response yet, and the reads of responses
// that have not returned. A response that is not being read, because the reader of its content is
// slow, is not awaited.
type awaited struct{ responses, reads map[string]int }

// add changes a count by n.
func add(to *map[string]int, host string, n int) {
	if *to == nil {
		*to = map[string]int{}
	}
	if (*to)[host] += n; (*to)[host] <= 0 {
		delete(*to, host)
	}
}

// pending reports whether any host is awaited.
func (a *awaited) pending() bool { return len(a.responses)+len(a.reads) > 0 }

// host returns a host that is awaited, or nothing: one whose response is being read if there is
// one, because an upload waits for the bytes that it sends.
func (a *awaited) host() string {
	for _, hosts := range []map[string]int{a.reads, a.responses} {
		if len(hosts) > 0 {
			return slices.Min(slices.Collect(maps.Keys(hosts)))
		}
	}
	return ""
}

// wire records an event of a connection. It returns a message if a wait must be reported.
func (s *state) wire(e remote.Event, now time.Time) (message, bool) {
	begins := e.Kind == remote.RequestSent || e.Kind == remote.BytesAwaited
	if a := &s.traffic.awaited; !begins || !a.pending() {
		s.traffic.heard = now
	}
	switch e.Kind {
	case remote.RequestSent:
		add(&s.traffic.awaited.responses, e.Host, 1)
	case remote.RequestDropped:
		add(&s.traffic.awaited.responses, e.Host, -1)
	case remote.RequestDone:
		add(&s.traffic.awaited.responses, e.Host, -1)
		s.traffic.requests++
	case remote.BytesAwaited:
		add(&s.traffic.awaited.reads, e.Host, 1)
	case remote.BytesReceived:
		add(&s.traffic.awaited.reads, e.Host, -1)
		s.traffic.received += e.Bytes
	case remote.BytesSent:
		s.traffic.sent += e.Bytes
	case remote.Waiting:
		return s.waits.add(e, now)
	}
	return message{}, false
}

// silent returns the host that is waited for, if no host has answered for a while.
func (s *state) silent() string {
	since := s.started
	if s.traffic.heard.After(since) {
		since = s.traffic.heard
	}
	if s.now.Sub(since) < quietTime {
		return ""
	}
	return s.traffic.awaited.host()
}

const (
	// longWait is how long a wait must be to be reported.
	longWait = 2 * time.Second
	// quietTime is the minimum time between two messages about a host.
	quietTime = 5 * time.Second
)

// waits are the waits for each host.
type waits struct {
	hosts map[string]*hostWaits
}

type hostWaits struct {
	retries int
	told    time.Time
}

// add records a wait. The first short one is not reported; after that, one of several at the same
// time is.
func (w *waits) add(e remote.Event, now time.Time) (message, bool) {
	if w.hosts == nil {
		w.hosts = map[string]*hostWaits{}
	}
	host := w.hosts[e.Host]
	if host == nil {
		host = &hostWaits{}
		w.hosts[e.Host] = host
	}
	host.retries++
	if host.retries == 1 && e.Wait < longWait || !host.told.IsZero() && now.Sub(host.told) < quietTime || e.Wait < time.Second/10 {
		return message{}, false
	}
	host.told = now
	text := console.Printable(fmt.Sprintf("%s: %s, retrying in %s", e.Host, waitReason(e), seconds(e.Wait)))
	return message{kind: "waiting", text: text, line: text, host: e.Host, wait: e.Wait}, true
}

// waitReason returns the reason for a wait.
func waitReason(e remote.Event) string {
	switch {
	case e.Err != nil:
		return e.Err.Error()
	case e.Status == 0 || e.Status == http.StatusTooManyRequests:
		return "rate limited"
	default:
		return fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	}
}
