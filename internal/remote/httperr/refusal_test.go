package httperr

import (
	"fmt"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/stretchr/testify/require"
)

func TestRejectionsByCode(t *testing.T) {
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
		{404, []transport.ErrorCode{transport.ManifestUnknownErrorCode}, missing},
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
		none := len(tc.codes) == 0 || tc.codes[0] == transport.UnknownErrorCode
		require.Equal(t, none, GivesNoReason(err), "%d %s", tc.status, tc.codes)
	}
}
