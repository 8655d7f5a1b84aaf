//go:build !unix

package filelock

import "os"

// Supported reports whether this system has locks.
const Supported = false

// Try does nothing here, and returns true.
func Try(*os.File) bool { return true }

// Wait does nothing here.
func Wait(*os.File) error { return nil }
