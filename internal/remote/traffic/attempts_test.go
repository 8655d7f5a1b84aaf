package traffic

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

func newRetrier(events *[]Event) (*Retrier, *fakeClock) {
	k := newFakeClock()
	return &Retrier{
		Policy:  Policy{Attempts: 4, Base: time.Second, Max: 3 * time.Second, MaxRetryAfter: time.Minute},
		Clock:   k,
		Observe: func(e Event) { *events = append(*events, e) },
	}, k
}

func TestAgain(t *testing.T) {
	var events []Event
	r, k := newRetrier(&events)
	a := r.Attempts()
	ctx := t.Context()
	unavailable := Failure{Status: http.StatusServiceUnavailable}
	for i, longest := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second} {
		again, err := a.Again(ctx, unavailable)
		require.NoError(t, err)
		require.True(t, again)
		require.LessOrEqual(t, k.waits[i], longest)
		require.GreaterOrEqual(t, k.waits[i], longest/2)
		require.Equal(t, Event{Kind: Waiting, Status: 503, Wait: k.waits[i]}, events[i])
	}
	again, err := a.Again(ctx, unavailable)
	require.NoError(t, err)
	require.False(t, again, "the limit of the policy")

	a.Progressed(1)
	again, err = a.Again(ctx, Failure{Status: http.StatusTooManyRequests, RetryAfter: 50 * time.Second})
	require.NoError(t, err)
	require.True(t, again)
	require.Equal(t, 50*time.Second, k.waits[3])
	for _, wait := range []time.Duration{2 * time.Minute, 11 * time.Second} {
		again, err = a.Again(ctx, Failure{Status: http.StatusTooManyRequests, RetryAfter: wait})
		var later *httperr.LaterError
		require.ErrorAs(t, err, &later)
		require.Equal(t, wait, later.Wait)
		require.ErrorContains(t, err, "requests a wait of "+wait.String())
		require.True(t, httperr.HasStatus(err, http.StatusTooManyRequests))
		require.False(t, again, "too long, alone or in total")
	}
	require.Len(t, k.waits, 4)
	require.Len(t, events, 4)

	ended, cancel := context.WithCancel(ctx)
	cancel()
	a.Progressed(1)
	again, err = a.Again(ended, unavailable)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, again)
}

func TestTimeoutsAreTriedAgainOnce(t *testing.T) {
	var events []Event
	r, _ := newRetrier(&events)
	a := r.Attempts()
	stalled := Failure{Err: &httperr.StallError{Host: "a.example", Wait: time.Minute}}
	for _, moved := range []int{0, forgiven - 1, 1} {
		a.Progressed(moved)
		again, err := a.Again(t.Context(), stalled)
		require.NoError(t, err)
		require.Equal(t, moved == 0, again)
	}
	a.Progressed(forgiven)
	again, err := a.Again(t.Context(), stalled)
	require.NoError(t, err)
	require.True(t, again, "there was progress since the last timeout")
}

func TestRetryableErrors(t *testing.T) {
	ctx := t.Context()
	for _, err := range []error{
		io.ErrUnexpectedEOF, io.EOF, &net.OpError{Op: "read", Err: errors.New("reset")}, &net.OpError{Op: "dial", Err: errors.New("refused")},
		errors.New("local error: tls: bad record MAC"), &httperr.StallError{},
		&net.DNSError{IsTemporary: true}, &url.Error{Op: "Get", URL: "https://a.example", Err: io.EOF},
		fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", io.ErrUnexpectedEOF),
		errors.New("stream error: stream ID 3; REFUSED_STREAM; received from peer"),
		errors.New("http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR, debug=\"\""),
		&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, syscall.EPIPE,
	} {
		require.True(t, RetryableError(ctx, err), "%v", err)
	}
	for _, err := range []error{
		nil, context.Canceled, http.ErrSchemeMismatch, &net.DNSError{IsNotFound: true}, &tls.CertificateVerificationError{Err: io.EOF},
		tls.RecordHeaderError{}, httperr.Permanent(io.EOF), fmt.Errorf("doing: %w", httperr.Permanent(io.EOF)),
		errors.New(`unsupported protocol scheme "ftp"`),
		&net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")},
		fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", textproto.ProtocolError("malformed MIME header line: x")),
		errors.New(`net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-OpenSSH"`),
		errors.New("net/http: server response headers exceeded 1048576 bytes; aborted"),
		errors.New("invalid byte in chunk length"),
		errors.New("tls: server selected unsupported protocol version 300"),
		errors.New("stream error: stream ID 3; PROTOCOL_ERROR; malformed response from server: missing status pseudo header"),
		errors.New("stream error: stream ID 3; HTTP_1_1_REQUIRED; received from peer"),
		errors.New("connection error: FLOW_CONTROL_ERROR"),
		errors.New("http2: frame too large"),
		errors.New("http: suspiciously long trailer after chunked body"),
		errors.New("what nobody has seen before"),
		&fs.PathError{Op: "read", Path: "layer.tar", Err: syscall.EIO},
	} {
		require.False(t, RetryableError(ctx, err), "%v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	require.False(t, RetryableError(ended, io.EOF), "the caller has canceled")
}

func TestRetryableStatus(t *testing.T) {
	for status, want := range map[int]bool{
		200: false, 307: false, 600: false, 999: false, 400: false, 401: false, 404: false, 408: true, 409: false, 429: true,
		500: true, 501: false, 502: true, 503: true, 504: true, 505: false, 520: true, 599: true,
	} {
		require.Equal(t, want, RetryableStatus(status), "%d", status)
	}
}
