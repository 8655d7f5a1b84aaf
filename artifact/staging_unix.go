//go:build unix

package artifact

import (
	"os"
	"syscall"
	"time"
)

// lock takes an open folder for this process until it is closed, or ends in any way. It
// tells whether that was possible: another process has it, or the file system has no locks.
func lock(folder *os.File) bool {
	return syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// isAbandoned tells whether the process is gone that made a staging folder.
func isAbandoned(folder *os.File, _ time.Time) bool { return lock(folder) }
