package remote

import (
	"math/bits"
	"sync"
)

const (
	// maxChunk and minChunk bound the chunks of an upload, in bytes.
	maxChunk = 32 << 20
	minChunk = 64 << 10
	// suspiciousSize is the size in bytes above which a connection that is cut while
	// content is sent may be the work of a front end that limits requests.
	suspiciousSize = 1 << 20
)

// bodyLimit is what a registry takes in one request, as far as it is known: some front ends
// refuse larger ones with 413, and others cut the connection.
type bodyLimit struct {
	mu    sync.Mutex
	chunk int64
}

// size returns how many bytes to send in one request at most, and 0 if there is no limit.
func (l *bodyLimit) size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.chunk
}

// learn takes note that a request of n bytes is taken, while a larger one was not.
func (l *bodyLimit) learn(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.chunk == 0 || n < l.chunk {
		l.chunk = n
	}
}

// smaller returns the size of the chunks to try after a request of n bytes was refused,
// and false if smaller ones make no sense: the next power of two, as limits often are.
func smaller(n, smallest int64) (int64, bool) {
	if n <= 1 {
		return 0, false
	}
	chunk := max(min(int64(1)<<(bits.Len64(uint64(n-1))-1), maxChunk), smallest)
	return chunk, chunk >= minChunk && chunk < n
}
