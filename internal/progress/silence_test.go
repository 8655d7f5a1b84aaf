package progress

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/transfer"
)

// TestSilence: a host that does not answer is reported, also before its first response and while
// it stores a blob.
func TestSilence(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := newFakeClock()
	r := New(&b, Options{Mode: Plain, Clock: c})
	r.Wire(remote.Event{Kind: remote.RequestSent, Host: "r.example\x1b[31m"})
	c.pass(r, 10, time.Second)
	r.Wire(remote.Event{Kind: remote.RequestDone, Host: "r.example\x1b[31m"})
	r.Wire(remote.Event{Kind: remote.RequestSent, Host: "r.example"})
	tell(r, blob("a", 1, 10<<20), transfer.BlobFound, 0)
	tell(r, blob("a", 1, 10<<20), transfer.BlobBytes, 10<<20)
	c.pass(r, 6, time.Second)
	r.Close()
	require.Equal(t, `waiting for r.example\x1b[31m to answer
copying: 0 of 1 blob, 10 of 10 MiB, waiting for r.example to answer
`, b.String())

	b.Reset()
	r = New(&b, Options{Mode: JSON, Clock: c})
	r.Wire(remote.Event{Kind: remote.RequestSent, Host: "r.example"})
	c.pass(r, 14, time.Second)
	r.Close()
	require.Equal(t, `{"time":"2026-01-02T03:04:26Z","event":"waiting","text":"waiting for r.example to answer","host":"r.example"}
`, b.String())
}

// TestSlowReader: a host is not reported while nobody reads its response, but when a read of it
// takes long.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := newFakeClock()
	r := New(&b, Options{Mode: Plain, Clock: c})
	wire := func(kinds ...remote.Event) {
		for _, e := range kinds {
			r.Wire(e)
		}
	}
	const host = "r.example"
	wire(remote.Event{Kind: remote.RequestSent, Host: host}, remote.Event{Kind: remote.RequestDropped, Host: host},
		remote.Event{Kind: remote.RequestSent, Host: host}, remote.Event{Kind: remote.RequestDone, Host: host},
		remote.Event{Kind: remote.BytesAwaited, Host: host}, remote.Event{Kind: remote.BytesReceived, Host: host, Bytes: 10})
	c.pass(r, 10, time.Second)
	require.Equal(t, "1 request, 10 B received\n", b.String())
	wire(remote.Event{Kind: remote.BytesAwaited, Host: host})
	c.pass(r, 10, time.Second)
	r.Close()
	require.Equal(t, "1 request, 10 B received\n1 request, 10 B received, waiting for r.example to answer\n", b.String())
}
