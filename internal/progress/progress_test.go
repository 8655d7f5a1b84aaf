package progress

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"
	"github.com/vbauerster/mpb/v8"

	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/transfer"
)

// fakeClock is moved by the test.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Ticks(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

// pass lets time pass, in steps after which the Reporter updates its display.
func (c *fakeClock) pass(r *Reporter, steps int, step time.Duration) {
	for range steps {
		c.mu.Lock()
		c.now = c.now.Add(step)
		now := c.now
		c.mu.Unlock()
		r.update(now)
	}
}

// blob is a blob of an image.
func blob(image string, n int, size int64) transfer.Event {
	digest, _, _ := v1.SHA256(strings.NewReader(fmt.Sprint(image, n)))
	return transfer.Event{Image: image, Desc: v1.Descriptor{Digest: digest, Size: size}}
}

func tell(r *Reporter, e transfer.Event, kind transfer.EventKind, n int64) {
	e.Kind, e.Bytes = kind, n
	r.Transfer(e)
}

// copying copies two images: one of 100 MiB within 30 seconds, and one that already exists in the
// target.
func copying(r *Reporter, c *fakeClock, step time.Duration) {
	big, small := blob("localhost:5000/images/web:1.0", 1, 100<<20), blob("localhost:5000/images/db:17", 1, 1<<20)
	tell(r, big, transfer.BlobFound, 0)
	tell(r, small, transfer.BlobFound, 0)
	tell(r, small, transfer.BlobPresent, 0)
	for range 30 {
		tell(r, big, transfer.BlobBytes, 100<<20/30)
		c.pass(r, int(time.Second/step), step)
	}
	tell(r, big, transfer.BlobSent, 0)
	r.Transfer(transfer.Event{Kind: transfer.ManifestSent})
	c.pass(r, int(time.Second/step), step)
}

func TestPlain(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := newFakeClock()
	r := New(&b, Options{Mode: Auto, Clock: c})
	copying(r, c, time.Second)
	r.Note("a note")
	r.Warn("text", "warning: a warning")
	r.Close()
	require.Equal(t, `copying: 1 of 2 blobs, 18 of 101 MiB, 3.3 MiB/s, 26 s left
copying: 1 of 2 blobs, 51 of 101 MiB, 3.3 MiB/s, 16 s left
copying: 1 of 2 blobs, 84 of 101 MiB, 3.3 MiB/s, 6 s left
copied localhost:5000/images/web:1.0: 100 MiB in 30 s
a note
warning: a warning
copied 1 manifest and 2 blobs: 0 mounted, 1 there already, 1 sent (100 MiB) in 31 s, 3.2 MiB/s
`, b.String())
}

// TestInterrupted: content that did not arrive is not counted as copied.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	r := New(&b, Options{Mode: Auto, Clock: newFakeClock()})
	tell(r, blob("a", 1, 1280), transfer.BlobFound, 0)
	tell(r, blob("a", 2, 1280), transfer.BlobFound, 0)
	tell(r, blob("a", 1, 1280), transfer.BlobSent, 0)
	r.Transfer(transfer.Event{Kind: transfer.ManifestSent})
	r.Close()
	require.Equal(t, "copied 1 manifest and 1 of 2 blobs: 0 mounted, 0 there already, 1 sent (1280 B)\n", b.String())
}

func TestPlainIntervals(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := newFakeClock()
	r := New(&b, Options{Mode: Plain, Clock: c})
	r.Wire(remote.Event{Kind: remote.RequestDone})
	r.Wire(remote.Event{Kind: remote.BytesReceived, Bytes: 5 << 20})
	c.pass(r, 600, time.Second)
	r.Close()
	lines := strings.Count(b.String(), "\n")
	require.Equal(t, 32, lines) // every 10 s for 3 minutes, every 30 s later
	require.Equal(t, strings.Repeat("1 request, 5120 KiB received\n", lines), b.String())
}

func TestQuickCommandsReportOnlyTheEnd(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{Mode: Auto}, {Mode: Plain}, {Mode: Auto, Terminal: true}} {
		var b bytes.Buffer
		o.Clock = newFakeClock()
		r := New(&b, o)
		r.Wire(remote.Event{Kind: remote.RequestDone})
		tell(r, blob("a", 1, 1280), transfer.BlobFound, 0)
		tell(r, blob("a", 1, 1280), transfer.BlobSent, 0)
		r.Transfer(transfer.Event{Kind: transfer.ManifestSent})
		r.Close()
		require.Equal(t, "copied 1 manifest and 1 blob: 0 mounted, 0 there already, 1 sent (1280 B)\n", b.String())

		b.Reset()
		New(&b, o).Close()
		require.Empty(t, b.String())
	}
}

func TestNone(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := newFakeClock()
	r := New(&b, Options{Mode: None, Terminal: true, Clock: c})
	tell(r, blob("a", 1, 1280), transfer.BlobFound, 0)
	r.Transfer(transfer.Event{Kind: transfer.ManifestSent})
	r.Note("a note")
	r.Close()
	require.Equal(t, "a note\n", b.String())
}

func TestWaits(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := newFakeClock()
	r := New(&b, Options{Mode: Plain, Clock: c})
	wait := func(host string, status int, err error, d time.Duration) {
		r.Wire(remote.Event{Kind: remote.Waiting, Host: host, Status: status, Err: err, Wait: d})
	}
	wait("a", 503, nil, 300*time.Millisecond) // the first wait is too short to report
	wait("a", 503, nil, 600*time.Millisecond)
	wait("a", 503, nil, time.Second) // one of several at the same time
	wait("b", 429, nil, 5*time.Second)
	for range 16 {
		wait("c", 0, nil, 65*time.Second)
	}
	c.pass(r, 6, time.Second)
	wait("a", 0, errors.New("connection reset\x1b[31m"), 4*time.Second)
	r.Close()
	require.Equal(t, `a: 503 Service Unavailable, retrying in 1 s
b: rate limited, retrying in 5 s
c: rate limited, retrying in 1 min 5 s
a: connection reset\x1b[31m, retrying in 4 s
`, b.String())
}

func TestJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := newFakeClock()
	r := New(&b, Options{Mode: JSON, Terminal: true, Clock: c})
	tell(r, blob("r/web:1", 1, 10<<20), transfer.BlobFound, 0)
	for range 2 {
		tell(r, blob("r/web:1", 1, 10<<20), transfer.BlobBytes, 2<<20)
		c.pass(r, 1, time.Second)
	}
	r.Warn("a warning", "\x1b[33mwarning:\x1b[0m a warning")
	r.Wire(remote.Event{Kind: remote.Waiting, Host: "r", Wait: 5 * time.Second})
	tell(r, blob("r/web:1", 1, 10<<20), transfer.BlobSent, 0)
	r.Transfer(transfer.Event{Kind: transfer.ManifestSent})
	r.Close()
	require.Equal(t, `{"time":"2026-01-02T03:04:06Z","event":"progress","bytes":2097152,"total":10485760,"blobsTotal":1}
{"time":"2026-01-02T03:04:06Z","event":"progress","image":"r/web:1","bytes":2097152,"total":10485760,"blobsTotal":1}
{"time":"2026-01-02T03:04:07Z","event":"progress","bytes":4194304,"total":10485760,"blobsTotal":1,"bytesPerSecond":2097152,"secondsLeft":3}
{"time":"2026-01-02T03:04:07Z","event":"progress","image":"r/web:1","bytes":4194304,"total":10485760,"blobsTotal":1,"bytesPerSecond":2097152,"secondsLeft":3}
{"time":"2026-01-02T03:04:07Z","event":"warning","text":"a warning"}
{"time":"2026-01-02T03:04:07Z","event":"waiting","text":"r: rate limited, retrying in 5 s","host":"r","waitSeconds":5}
{"time":"2026-01-02T03:04:07Z","event":"done","text":"copied 1 manifest and 1 blob: 0 mounted, 0 there already, 1 sent (10 MiB)","bytes":10485760,"blobs":1,"manifests":1,"sent":1}
`, b.String())
	for line := range strings.Lines(b.String()) {
		require.True(t, json.Valid([]byte(line)))
	}
}

func TestRow(t *testing.T) {
	t.Parallel()
	i := &image{name: "registry.example.com/team/frontend:2026-01-02", done: 30 << 20, all: 100 << 20}
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	i.pace.sample(start, 0)
	i.pace.sample(start.Add(6*time.Second), 30<<20)
	for width, want := range map[int]string{
		120: "registry.example.com/team/frontend:2026-01-02        [========                    ]  30 of 100 MiB, 5.0 MiB/s, 14 s left",
		80:  "registry.exampl…tend:2026-01-02  [==      ]  30 of 100 MiB, 5.0 MiB/s, 14 s left",
		60:  "registry.ex…:2026-01-02  30 of 100 MiB, 5.0 MiB/s, 14 s left",
		30:  "registry.examp…tend:2026-01-02",
	} {
		require.Equal(t, want, i.row(width))
	}
	for width := 1; width < 250; width++ {
		require.LessOrEqual(t, console.TextWidth(i.row(width)), width)
		require.LessOrEqual(t, console.TextWidth((&image{name: "\x1b[31m世界"}).row(width)), width)
	}
}

// TestLive draws lines as on a terminal, and removes them at the end.
func TestLive(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := newFakeClock()
	r := &Reporter{clock: c, stop: make(chan struct{})}
	r.view = &liveView{w: &b, options: []mpb.ContainerOption{mpb.ForceTTY()}}
	r.state.begin(c.now)
	copying(r, c, 500*time.Millisecond)
	r.Note("a note")
	r.Wire(remote.Event{Kind: remote.Waiting, Host: "r", Wait: 5 * time.Second})
	c.pass(r, 2, 500*time.Millisecond)
	r.Close()
	drawn := b.String()
	require.Contains(t, drawn, "localhost:5000/images/web:1.0")
	require.Contains(t, drawn, "17 of 100 MiB, ")
	require.Contains(t, drawn, "copying: 1 of 2 blobs, ")
	require.Contains(t, drawn, "a note\n")
	require.Contains(t, drawn, "r: rate limited, retrying in 5 s\n")
	end := "copied 1 manifest and 2 blobs: 0 mounted, 1 there already, 1 sent (100 MiB) in 32 s, 3.1 MiB/s\n"
	require.True(t, strings.HasSuffix(drawn, end), drawn[max(0, len(drawn)-400):])
	require.NotContains(t, seen(drawn), "copying:", "all lines must be erased")
	require.Contains(t, seen(drawn), "a note\n")
}

// seen is the final text on a terminal after the escape sequences that the library writes: cursor
// up, and erase to the end.
func seen(text string) string {
	lines := []string{""}
	for len(text) > 0 {
		var up int
		switch {
		case strings.HasPrefix(text, "\x1b["):
			end := strings.IndexAny(text[2:], "ABCDHJKm") + 2
			if n, _ := fmt.Sscanf(text[2:end], "%d", &up); text[end] == 'A' && n == 1 {
				lines = append(lines[:max(0, len(lines)-1-up)], "")
			}
			text = text[end+1:]
		case text[0] == '\n':
			lines, text = append(lines, ""), text[1:]
		default:
			lines[len(lines)-1] += text[:1]
			text = text[1:]
		}
	}
	return strings.Join(lines, "\n")
}

func TestSizesAndTimes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 B", 9999: "9999 B", 10 << 10: "10 KiB", 10 << 20: "10 MiB", 10 << 30: "10 GiB"} {
		require.Equal(t, want, Bytes(n))
	}
	for d, want := range map[time.Duration]string{0: "0 s", 1: "1 s", 59 * time.Second: "59 s", 125 * time.Second: "2 min 5 s", 2 * time.Hour: "2 h 0 min"} {
		require.Equal(t, want, seconds(d))
	}
}

// TestRepeatedBytesCountOnce: a blob that is sent again counts only once.
func TestRepeatedBytesCountOnce(t *testing.T) {
	t.Parallel()
	i := &image{}
	i.find(100)
	i.pass("a", 80, 100)
	i.pass("a", 80, 100)
	require.EqualValues(t, 100, i.done)
	i.arrive("a", 100, time.Now())
	require.EqualValues(t, 100, i.done)
	require.False(t, i.ended.IsZero())
}

func BenchmarkEvents(b *testing.B) {
	r := New(&bytes.Buffer{}, Options{Mode: Plain, Clock: newFakeClock()})
	e := blob("a", 1, 1<<40)
	tell(r, e, transfer.BlobFound, 0)
	for b.Loop() {
		tell(r, e, transfer.BlobBytes, 1)
		r.Wire(remote.Event{Kind: remote.BytesSent, Bytes: 1})
	}
}
