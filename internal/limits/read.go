package limits

import (
	"io"
	"os"
)

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
