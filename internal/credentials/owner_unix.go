//go:build unix

package credentials

import (
	"os"
	"syscall"
)

// keepOwner gives a file the owner of another file, if allowed, so that a file written
// under sudo still belongs to the user.
func keepOwner(file *os.File, of string) {
	if info, err := os.Stat(of); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			_ = file.Chown(int(stat.Uid), int(stat.Gid))
		}
	}
}
