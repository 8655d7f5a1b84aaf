package progress

import (
	"bytes"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/transfer"
)

// some is what a copy of three blobs and a manifest tells.
func some(r *Reporter) {
	for _, kind := range []transfer.EventKind{
		transfer.BlobFound, transfer.BlobFound, transfer.BlobFound,
		transfer.BlobMounted, transfer.BlobPresent, transfer.BlobSent, transfer.ManifestSent,
	} {
		r.Transfer(transfer.Event{Kind: kind, Desc: v1.Descriptor{Size: 30 << 10}})
	}
	r.Wire(remote.Event{Kind: remote.BytesSent, Bytes: 20 << 10})
}

func TestSummary(t *testing.T) {
	var b bytes.Buffer
	r := New(&b, false)
	some(r)
	r.Note("a note")
	r.Close()
	require.Equal(t, "a note\ncopied 1 manifests and 3 blobs: 1 mounted, 1 there already, 1 sent (30 KiB)\n", b.String())
}

func TestNothingMoved(t *testing.T) {
	var b bytes.Buffer
	New(&b, true).Close()
	require.Empty(t, b.String())
}

func TestTheLineGivesWay(t *testing.T) {
	var b bytes.Buffer
	r := New(&b, false)
	r.redraw(time.Now())
	require.Empty(t, b.String())
	some(r)
	r.redraw(time.Now())
	require.Equal(t, "\rcopying: 3 of 3 blobs, 1 manifests, 20 KiB sent", b.String())
	b.Reset()
	r.live = true
	r.Wire(remote.Event{Kind: remote.Silent, Host: "a.example", Wait: 20 * time.Second})
	r.redraw(time.Now())
	require.Contains(t, b.String(), "\rwaiting for a.example, which has sent nothing for 20 s")
	r.Wire(remote.Event{Kind: remote.Waiting, Host: "a.example", Wait: time.Hour})
	r.redraw(time.Now())
	require.Contains(t, b.String(), "\rwaiting for a.example: trying again in 3600 s")
	b.Reset()
	r.Note("a note")
	require.Regexp(t, "^\r +\ra note\n$", b.String())
	r.live = false
	r.Close()
}

func TestWaitsAreToldWithoutATerminal(t *testing.T) {
	var b bytes.Buffer
	r := New(&b, false)
	for range 3 { // of many requests that wait for the same
		r.Wire(remote.Event{Kind: remote.Silent, Host: "a.example", Wait: 10 * time.Second})
	}
	r.Wire(remote.Event{Kind: remote.Waiting, Host: "a.example", Wait: time.Second})
	r.Close()
	require.Equal(t, "waiting for a.example, which has sent nothing for 10 s\n", b.String())
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 9999: "9999 B", 10 << 10: "10 KiB", 10 << 20: "10 MiB"} {
		require.Equal(t, want, Bytes(n))
	}
}
