//go:build !linux

package enginetest

import "syscall"

func dieWithParent() *syscall.SysProcAttr { return nil }

func takeTurn() (end func(), err error) { return func() {}, nil }
