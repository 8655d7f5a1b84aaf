package enginetest

import "syscall"

// dieWithParent has the engine end when a test is killed and can't stop it.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
