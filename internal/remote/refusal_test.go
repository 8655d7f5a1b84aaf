package remote

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func TestRefusalsByTheirCodes(t *testing.T) {
	const (
		form    = "form"
		missing = "missing"
		other   = ""
	)
	for _, tc := range []struct {
		status int
		codes  []transport.ErrorCode
		want   string
	}{
		{400, nil, form},
		{400, []transport.ErrorCode{transport.ManifestInvalidErrorCode}, form},
		{400, []transport.ErrorCode{transport.UnsupportedErrorCode}, form},
		{400, []transport.ErrorCode{transport.UnknownErrorCode}, form},
		{405, []transport.ErrorCode{transport.UnsupportedErrorCode}, form},
		{406, nil, form},
		{415, nil, form},
		{422, nil, form},
		{422, []transport.ErrorCode{transport.ManifestInvalidErrorCode}, form},

		{400, []transport.ErrorCode{transport.ManifestBlobUnknownErrorCode}, missing},
		{404, []transport.ErrorCode{transport.ManifestBlobUnknownErrorCode}, missing},
		{404, []transport.ErrorCode{transport.BlobUnknownErrorCode}, missing},
		{400, []transport.ErrorCode{transport.DigestInvalidErrorCode, transport.ManifestBlobUnknownErrorCode}, missing},

		{400, []transport.ErrorCode{transport.DigestInvalidErrorCode}, other},
		{400, []transport.ErrorCode{transport.ManifestInvalidErrorCode, transport.DigestInvalidErrorCode}, other},
		{400, []transport.ErrorCode{transport.TagInvalidErrorCode}, other},
		{400, []transport.ErrorCode{transport.SizeInvalidErrorCode}, other},
		{400, []transport.ErrorCode{"SOMETHING_OF_ITS_OWN"}, other},
		{401, []transport.ErrorCode{transport.UnauthorizedErrorCode}, other},
		{403, []transport.ErrorCode{transport.DeniedErrorCode}, other},
		{404, []transport.ErrorCode{transport.NameUnknownErrorCode}, other},
		{404, nil, other},
		{413, nil, other},
		{500, nil, other},
		{500, []transport.ErrorCode{transport.UnknownErrorCode}, other},
	} {
		te := &transport.Error{StatusCode: tc.status}
		for _, code := range tc.codes {
			te.Errors = append(te.Errors, transport.Diagnostic{Code: code})
		}
		err := fmt.Errorf("putting something: %w", te)
		require.Equal(t, tc.want == form, RefusesForm(err), "%d %s", tc.status, tc.codes)
		require.Equal(t, tc.want == missing, MissesContent(err), "%d %s", tc.status, tc.codes)
	}
}

// TestContentThatIsLate has a registry know the content of a manifest only a while after
// it was written.
func TestContentThatIsLate(t *testing.T) {
	t.Parallel()
	const late = `{"errors":[{"code":"DIGEST_INVALID"},{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}`
	for times, works := range map[int]bool{1: true, 5: true, 6: false} {
		s := registrytest.Start(t)
		s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", registrytest.Manifests), Times: times, Do: registrytest.Answer(http.StatusBadRequest, "application/json", late)})
		c, k := newClient()
		_, err := c.PutManifest(t.Context(), repository(t, s.Host+"/team/app").Tag("1"), types.OCIImageIndex, emptyIndex)
		if works {
			require.NoError(t, err, times)
			require.Equal(t, times+1, s.Count("PUT", registrytest.Manifests))
		} else {
			require.ErrorContains(t, err, "blob unknown to registry")
		}
		require.Len(t, k.waits, min(times, 5))
	}
}
