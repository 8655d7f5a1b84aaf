package store

import (
	"bytes"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A Memory is a read-only image layout that is partly in memory.
type Memory struct {
	contents
	readOnly
}

// NewMemory returns a layout with an index.json and some blobs; name is for people.
func NewMemory(name string, index []byte, blobs map[v1.Hash][]byte) *Memory {
	m := &Memory{readOnly: readOnly{name}}
	m.contents = contents{
		name: name, where: name,
		index: func() ([]byte, error) { return index, nil },
		size: func(digest v1.Hash) (int64, error) {
			if content, ok := blobs[digest]; ok {
				return int64(len(content)), nil
			}
			return 0, m.missing(digest)
		},
		open: func(digest v1.Hash) (io.ReadCloser, error) {
			if content, ok := blobs[digest]; ok {
				return io.NopCloser(bytes.NewReader(content)), nil
			}
			return nil, m.missing(digest)
		},
	}
	return m
}
