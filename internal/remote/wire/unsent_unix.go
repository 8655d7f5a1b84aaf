//go:build linux || darwin

package wire

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// limitUnsent limits the unsent bytes that the system buffers for a connection. Without it,
// the system accepts megabytes immediately: progress is then wrong, and many blobs share a
// slow connection. Bytes in transit are not limited, so that connections with high latency
// are fully used.
func limitUnsent(_, _ string, c syscall.RawConn) error {
	// Other systems and kinds of sockets work without it.
	return c.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent)
	})
}

// maxUnsent is enough to keep a fast line busy until the next write, in bytes.
const maxUnsent = 256 << 10
