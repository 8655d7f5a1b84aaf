package limits

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// IsMissing reports whether err means that a file does not exist, or a folder of its path is
// none: HOME is /dev/null for some daemons.
func IsMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// ReadFile reads a file of at most [LocalFile] bytes. The error for a longer one, also for a
// device that never ends, is an [Error].
func ReadFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, LocalFile+1))
	if err == nil && len(content) > LocalFile {
		return nil, &os.PathError{Op: "read", Path: path, Err: &Error{What: "bytes", Limit: LocalFile}}
	}
	return content, err
}
