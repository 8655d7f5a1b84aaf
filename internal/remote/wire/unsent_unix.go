//go:build linux || darwin

package wire

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// limitUnsent bounds what the system keeps of a connection that it has not sent yet. Without
// it, the system takes megabytes at once: what is told of progress is wrong then, and many
// blobs share a thin line. What is on its way is not bounded, so that long lines are filled.
func limitUnsent(_, _ string, c syscall.RawConn) error {
	// A system that can't do it, or a socket of another kind, does without.
	return c.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent)
	})
}

// maxUnsent is enough to keep a fast line busy until the next write, in bytes.
const maxUnsent = 256 << 10
