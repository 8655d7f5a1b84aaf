package traffic

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
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
	require.False(t, again, "as often as the policy allows")

	a.Progressed()
	again, err = a.Again(ctx, Failure{Status: http.StatusTooManyRequests, RetryAfter: 50 * time.Second})
	require.NoError(t, err)
	require.True(t, again)
	require.Equal(t, 50*time.Second, k.waits[3])
	again, err = a.Again(ctx, Failure{Status: http.StatusTooManyRequests, RetryAfter: 2 * time.Minute})
	require.NoError(t, err)
	require.False(t, again, "too long a wait")
	require.Len(t, k.waits, 4)
	require.Len(t, events, 4)

	ended, cancel := context.WithCancel(ctx)
	cancel()
	a.Progressed()
	again, err = a.Again(ended, unavailable)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, again)
}

func TestRetryableErrors(t *testing.T) {
	ctx := t.Context()
	for _, err := range []error{
		io.ErrUnexpectedEOF, io.EOF, &net.OpError{Op: "read", Err: errors.New("reset")}, &net.OpError{Op: "dial", Err: errors.New("refused")},
		&net.DNSError{IsTemporary: true}, &url.Error{Op: "Get", URL: "https://a.example", Err: io.EOF},
	} {
		require.True(t, RetryableError(ctx, err), "%v", err)
	}
	for _, err := range []error{
		nil, context.Canceled, http.ErrSchemeMismatch, &net.DNSError{IsNotFound: true}, &tls.CertificateVerificationError{Err: io.EOF},
		tls.RecordHeaderError{}, httperr.Permanent(io.EOF), fmt.Errorf("doing: %w", httperr.Permanent(io.EOF)),
		errors.New(`unsupported protocol scheme "ftp"`),
	} {
		require.False(t, RetryableError(ctx, err), "%v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	require.False(t, RetryableError(ended, io.EOF), "nobody waits for it")
}

func TestRetryableStatus(t *testing.T) {
	for status, want := range map[int]bool{
		200: false, 307: false, 400: false, 401: false, 404: false, 408: true, 409: false, 429: true,
		500: true, 501: false, 502: true, 503: true, 504: true, 505: false, 520: true, 599: true,
	} {
		require.Equal(t, want, RetryableStatus(status), "%d", status)
	}
}
