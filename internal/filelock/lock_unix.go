//go:build unix

package filelock

import (
	"os"
	"syscall"
)

// Supported tells whether locks keep processes apart on this system.
const Supported = true

// Try takes an open file or folder for this process until it is closed. It tells whether
// that was possible: another process has it, or the file system has no locks.
func Try(file *os.File) bool {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// Wait takes an open file or folder as Try does, when no other process has it.
func Wait(file *os.File) error {
	for {
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != syscall.EINTR {
			return err
		}
	}
}
