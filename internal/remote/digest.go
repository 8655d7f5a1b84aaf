package remote

import (
	"encoding/hex"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// DigestError says that content is not what it was asked for as.
type DigestError struct{ Want, Got v1.Hash }

func (e *DigestError) Error() string {
	return fmt.Sprintf("the content has the digest %s, not %s", e.Got, e.Want)
}

// SizeError says that content is not as long as its descriptor says. Got is
// what was seen; there may be more.
type SizeError struct{ Want, Got int64 }

func (e *SizeError) Error() string {
	if e.Got > e.Want {
		return fmt.Sprintf("the content is longer than the %d bytes of its descriptor", e.Want)
	}
	return fmt.Sprintf("the content has %d bytes, not %d", e.Got, e.Want)
}

// hashOf hashes content that is in memory.
func hashOf(algorithm string, b []byte) (v1.Hash, error) {
	h, err := v1.Hasher(algorithm)
	if err != nil {
		return v1.Hash{}, err
	}
	_, _ = h.Write(b)
	return v1.Hash{Algorithm: algorithm, Hex: hex.EncodeToString(h.Sum(nil))}, nil
}
