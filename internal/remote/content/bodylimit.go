package content

import (
	"math/bits"
	"sync"
)

const (
	// maxChunk and minChunk limit the chunks of an upload, in bytes.
	maxChunk = 32 << 20
	minChunk = 64 << 10
	// suspiciousSize is the size, in bytes, above which a connection that is cut during an
	// upload may be due to a front end that limits requests.
	suspiciousSize = 1 << 20
)

// bodyLimit is the known limit of a registry for the size of a request: some front ends
// reject larger requests with 413, and others cut the connection.
type bodyLimit struct {
	mu    sync.Mutex
	chunk int64
}

// size returns the maximum number of bytes to send in one request, or 0 for no limit.
func (l *bodyLimit) size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.chunk
}

// learn records that a request of n bytes was accepted and a larger one was not.
func (l *bodyLimit) learn(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.chunk == 0 || n < l.chunk {
		l.chunk = n
	}
}

// smaller returns the chunk size to try after a request of n bytes was rejected, and false
// if smaller chunks make no sense. It is the next power of two, like most limits.
func smaller(n, smallest int64) (int64, bool) {
	if n <= 1 {
		return 0, false
	}
	chunk := max(min(int64(1)<<(bits.Len64(uint64(n-1))-1), maxChunk), smallest)
	return chunk, chunk >= minChunk && chunk < n
}
