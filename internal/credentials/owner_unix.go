//go:build unix

package credentials

import (
	"os"
	"syscall"
)

// keepOwner gives a file the owner of another one, where that is allowed: what sudo writes
// stays the user's.
func keepOwner(file *os.File, of string) {
	if info, err := os.Stat(of); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			_ = file.Chown(int(stat.Uid), int(stat.Gid))
		}
	}
}
