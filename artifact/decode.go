package artifact

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Limits of a manifest or index, far above what real ones have. Decoding takes many times
// the memory of the text, and most where there is least in it: "{}" is a descriptor.
const (
	maxObjects      = 30_000
	maxFields       = 300_000
	maxCompositions = 256
)

// A ManifestError tells that a manifest or index is larger than any that is meant to be
// read.
type ManifestError struct {
	What  string
	Limit int
}

func (e *ManifestError) Error() string {
	return fmt.Sprintf("it has more than %d %s", e.Limit, e.What)
}

// Decode decodes the JSON of a manifest or index. It returns a [ManifestError], before
// anything is decoded, for what would take too much memory.
func Decode(raw []byte, into any) error {
	if bytes.Count(raw, []byte("{")) > maxObjects {
		return &ManifestError{What: "descriptors", Limit: maxObjects}
	}
	if bytes.Count(raw, []byte(","))+bytes.Count(raw, []byte(":")) > maxFields {
		return &ManifestError{What: "fields", Limit: maxFields}
	}
	return json.Unmarshal(raw, into)
}
