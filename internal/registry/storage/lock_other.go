//go:build !unix

package storage

import (
	"io"
	"os"
)

// lockFile only creates the file: locks on these systems need more than the standard library.
func lockFile(path string) (io.Closer, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
}
