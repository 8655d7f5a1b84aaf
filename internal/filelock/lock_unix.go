//go:build unix

package filelock

import (
	"os"
	"syscall"
)

// Supported reports whether this system has locks.
const Supported = true

// Try locks an open file or folder until it is closed. It returns false if another process has
// the lock, or the file system has no locks.
func Try(file *os.File) bool {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// Wait locks an open file or folder like Try, as soon as no other process has the lock.
func Wait(file *os.File) error {
	for {
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != syscall.EINTR {
			return err
		}
	}
}
