package artifact

import (
	"bytes"
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// newContent describes raw as the mediaType.
func newContent(mediaType types.MediaType, raw []byte) (Content, error) {
	digest, size, err := v1.SHA256(bytes.NewReader(raw))
	if err != nil {
		return Content{}, err
	}
	return Content{Descriptor: v1.Descriptor{MediaType: mediaType, Digest: digest, Size: size}, Bytes: raw}, nil
}

// encode returns the JSON of a manifest or index as it goes to a registry:
// without the escapes that HTML would need, so that references stay readable.
func encode(mediaType types.MediaType, document any) (Content, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(document); err != nil {
		return Content{}, err
	}
	return newContent(mediaType, bytes.TrimRight(b.Bytes(), "\n"))
}
