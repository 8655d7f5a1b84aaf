package traffic

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 11, 23, 22, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"0": 0, "120": 2 * time.Minute, " 3 ": 3 * time.Second,
		"Mon, 23 Nov 2026 22:01:30 GMT": 90 * time.Second,
		"Mon, 23 Nov 2026 21:00:00 GMT": 0,
	} {
		got, ok := RetryAfter(http.Header{"Retry-After": {in}}, now)
		require.True(t, ok, in)
		require.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "-1", "soon", "1.5"} {
		_, ok := RetryAfter(http.Header{"Retry-After": {in}}, now)
		require.False(t, ok, in)
	}
}
