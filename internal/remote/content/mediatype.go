package content

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// MediaTypeOf returns the media type of a manifest without a Content-Type: its mediaType
// field, otherwise the type that matches its fields. It fails if that is not a manifest.
func MediaTypeOf(raw []byte) (types.MediaType, error) { return manifestMediaType("", raw) }

// manifestMediaType determines the type of a manifest from the Content-Type header and its
// own fields. If they disagree, readers could interpret it differently, so that is a
// *ManifestError.
func manifestMediaType(contentType string, raw []byte) (types.MediaType, error) {
	header := types.MediaType("")
	if mt, _, err := mime.ParseMediaType(contentType); err == nil {
		header = types.MediaType(mt)
	}
	switch header {
	case "application/json", "application/octet-stream", "text/plain":
		header = ""
	}
	var body struct {
		SchemaVersion int             `json:"schemaVersion"`
		MediaType     types.MediaType `json:"mediaType"`
		Manifests     json.RawMessage `json:"manifests"`
		Config        json.RawMessage `json:"config"`
		Layers        json.RawMessage `json:"layers"`
	}
	if err := limits.Decode(raw, &body); err != nil {
		if header == "text/html" {
			return "", &httperr.ManifestError{Reason: "the response is a web page, not a manifest"}
		}
		var wrong *limits.TypeError
		if errors.As(err, &wrong) {
			return "", &httperr.ManifestError{Reason: httperr.CleanText(wrong.Error())}
		}
		return "", &httperr.ManifestError{Reason: "the manifest is not valid JSON"}
	}
	switch {
	case header != "" && body.MediaType != "" && header != body.MediaType:
		return "", &httperr.ManifestError{Reason: fmt.Sprintf("the registry's media type is %q, but the manifest's is %q",
			httperr.CleanText(string(header)), httperr.CleanText(string(body.MediaType)))}
	case len(body.Manifests) > 0 && (len(body.Config) > 0 || len(body.Layers) > 0):
		return "", &httperr.ManifestError{Reason: "the manifest is an image and an index at the same time"}
	case header != "":
		return header, nil
	case body.MediaType != "":
		return body.MediaType, nil
	case body.SchemaVersion == 1:
		return types.DockerManifestSchema1, nil
	case len(body.Manifests) > 0:
		return types.OCIImageIndex, nil
	default:
		return types.OCIManifestSchema1, nil
	}
}

func isManifest(mt types.MediaType) bool { return mt.IsImage() || mt.IsIndex() }
