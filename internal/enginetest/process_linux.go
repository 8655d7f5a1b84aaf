package enginetest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// dieWithParent makes the kernel end the engine if a test is killed and can't stop it.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

// takeTurn waits until no other test on the machine has an engine: two that look for a free
// network range at the same time select the same one. If a test process dies, the kernel ends its
// turn.
func takeTurn() (end func(), err error) {
	file, err := os.OpenFile(filepath.Join(os.TempDir(), "ocompose-engine.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return func() { _ = file.Close() }, nil
}
