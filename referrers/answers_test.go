package referrers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

func answerOf(status int, contentType, body string, codes ...transport.ErrorCode) *answer {
	a := &answer{status: status, header: http.Header{"Content-Type": {contentType}}, body: []byte(body)}
	if status >= 300 {
		te := &transport.Error{StatusCode: status}
		for _, code := range codes {
			te.Errors = append(te.Errors, transport.Diagnostic{Code: code})
		}
		a.err = te
	}
	return a
}

func TestIndexType(t *testing.T) {
	const index, image = string(types.OCIImageIndex), string(types.OCIManifestSchema1)
	for name, tc := range map[string]struct {
		contentType, body string
		want              types.MediaType
	}{
		"index":                          {index, `{}`, types.OCIImageIndex},
		"with parameters":                {index + "; charset=utf-8", `{}`, types.OCIImageIndex},
		"image":                          {image, `{"manifests":[]}`, types.OCIManifestSchema1},
		"Docker's list":                  {string(types.DockerManifestList), `{"manifests":[]}`, types.DockerManifestList},
		"web page":                       {"text/html; charset=utf-8", `{"manifests":[]}`, "text/html"},
		"JSON with a media type":         {"application/json", `{"mediaType":"` + index + `"}`, types.OCIImageIndex},
		"JSON with the form of an index": {"application/json", `{"manifests":[]}`, types.OCIImageIndex},
		"JSON with another form":         {"application/json", `{"config":{},"manifests":[]}`, "application/json"},
		"nothing said":                   {"", `{"manifests":[]}`, types.OCIImageIndex},
		"text":                           {"text/plain", `hello`, "text/plain"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, indexType(answerOf(200, tc.contentType, tc.body))) })
	}
}

func TestStrongETag(t *testing.T) {
	for etag, want := range map[string]string{`"a"`: `"a"`, ` "a" `: `"a"`, `W/"a"`: "", `a`: "", ``: "", `"`: ""} { //nolint:gocritic // headers have spaces around their values
		require.Equal(t, want, strongETag(http.Header{"Etag": {etag}}), etag)
	}
}

func TestIsTag(t *testing.T) {
	hex := strings.Repeat("0f", 32)
	for tag, want := range map[string]bool{
		"sha256-" + hex: true, "sha512-" + hex: true, "sha256-" + hex + "0": false, "sha256-" + hex[1:]: false,
		"sha384-" + hex: false, "sha256-" + strings.ToUpper(hex): false, "latest": false, "": false, "sha256-" + hex + ".sig": false,
	} {
		require.Equal(t, want, IsTag(tag), tag)
	}
}

// A long-running process forgets subjects that are not in use, and no others.
func TestSubjectsAreForgotten(t *testing.T) {
	repo, err := name.NewRepository("registry.example.org/app")
	require.NoError(t, err)
	digest := func(i int) name.Digest { return repo.Digest(fmt.Sprintf("sha256:%064x", i)) }
	var s subjects
	used := s.enter(digest(0))
	for i := range 3 * maxIdleSubjects {
		s.leave(s.enter(digest(i + 1)))
		require.LessOrEqual(t, len(s.m), maxIdleSubjects)
	}
	require.Same(t, used, s.enter(digest(0)))
}
