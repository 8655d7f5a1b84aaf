package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/remote"
)

// A verifiedReader reads the content of a descriptor, and nothing else: if the content
// does not match, Read returns an error instead of io.EOF.
type verifiedReader struct {
	content io.ReadCloser
	want    v1.Descriptor
	hash    hash.Hash
	read    int64
}

// Verified returns a reader of content that returns an error instead of io.EOF if
// the content does not match its descriptor.
func Verified(content io.ReadCloser, d v1.Descriptor) (io.ReadCloser, error) {
	h, err := v1.Hasher(d.Digest.Algorithm)
	if err != nil {
		return nil, fmt.Errorf("verifying %s: %w", d.Digest, err)
	}
	return &verifiedReader{content: content, want: d, hash: h}, nil
}

func (r *verifiedReader) Read(p []byte) (int, error) {
	n, err := r.content.Read(p)
	r.hash.Write(p[:n])
	if r.read += int64(n); r.read > r.want.Size {
		return 0, &remote.SizeError{Want: r.want.Size, Got: r.read}
	}
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if r.read != r.want.Size {
		return n, &remote.SizeError{Want: r.want.Size, Got: r.read}
	}
	if got := hex.EncodeToString(r.hash.Sum(nil)); got != r.want.Digest.Hex {
		return n, &remote.DigestError{Want: r.want.Digest, Got: v1.Hash{Algorithm: r.want.Digest.Algorithm, Hex: got}}
	}
	return n, io.EOF
}

func (r *verifiedReader) Close() error { return r.content.Close() }
