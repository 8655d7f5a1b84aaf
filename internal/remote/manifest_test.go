package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func TestWrongResponses(t *testing.T) {
	onGet := registrytest.On("GET", registrytest.Manifests)
	body := func(contentType, b string) registrytest.Behavior { return registrytest.Answer(200, contentType, b) }
	tests := []struct {
		name     string
		do       registrytest.Behavior
		byDigest bool
		want     string
	}{
		{"another digest in the header", registrytest.FalseDigest(), false, "the content has the digest"},
		{"no digest in the header", registrytest.SetHeader("Docker-Content-Digest", "nonsense"), false, "that is not a digest"},
		{"another content by digest", registrytest.Corrupt(), true, "the content has the digest"},
		{"shorter by digest", registrytest.Resize(-3), true, "the content has the digest"},
		{"another content by tag", registrytest.Corrupt(), false, "the content has the digest"},
		{"too large, unannounced", registrytest.Oversize(MaxManifestSize + 1), true, "it is larger than"},
		{"a web page", registrytest.HTML(200), false, "a web page"},
		{"a login page", registrytest.RedirectToLogin(), false, "a web page"},
		{"no JSON", body("", "nonsense"), false, "not valid JSON"},
		{"two media types", body(string(types.OCIManifestSchema1), string(emptyIndex)), false, "the registry's media type is"},
		{"two things", body("", `{"manifests":[],"layers":[]}`), false, "at the same time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			repo, _ := filled(t, s, "team/app", nil)
			c, _ := newClient()
			var ref name.Reference = repo.Tag("1")
			if tt.byDigest {
				d, err := c.HeadManifest(context.Background(), ref)
				require.NoError(t, err)
				ref = repo.Digest(d.Digest.String())
			}
			s.Faults().Add(registrytest.Fault{Match: onGet, Do: tt.do})
			_, err := c.GetManifest(context.Background(), ref)
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, ref.String())
		})
	}
}

func TestInterruptedManifestIsRetried(t *testing.T) {
	s := registrytest.Start(t)
	repo, _ := filled(t, s, "team/app", nil)
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", registrytest.Manifests), Do: registrytest.CutAnswer(20), Times: 3})
	c, _ := newClient()
	m, err := c.GetManifest(context.Background(), repo.Tag("1"))
	require.NoError(t, err)
	require.Equal(t, emptyIndex, m.Bytes)
	require.Equal(t, 4, s.Count("GET", registrytest.Manifests))
}

func TestHeadFallsBackToGet(t *testing.T) {
	for name, do := range map[string]registrytest.Behavior{
		"no digest":     registrytest.DropHeader("Docker-Content-Digest"),
		"no media type": registrytest.SetHeader("Content-Type", "application/json"),
		"405":           registrytest.Status(405),
	} {
		t.Run(name, func(t *testing.T) {
			s := registrytest.Start(t)
			repo, _ := filled(t, s, "team/app", nil)
			s.Faults().Add(registrytest.Fault{Match: registrytest.On("HEAD", registrytest.Manifests), Do: do})
			c, _ := newClient()
			d, err := c.HeadManifest(context.Background(), repo.Tag("1"))
			require.NoError(t, err)
			require.Equal(t, blobOf(t, emptyIndex).Digest, d.Digest)
			require.Equal(t, types.OCIImageIndex, d.MediaType)
			require.EqualValues(t, len(emptyIndex), d.Size)
			require.Equal(t, 1, s.Count("GET", registrytest.Manifests))
		})
	}
}

func TestHeadByDigestRejectsAnotherDigest(t *testing.T) {
	s := registrytest.Start(t)
	repo, _ := filled(t, s, "team/app", nil)
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("HEAD", registrytest.Manifests), Do: registrytest.FalseDigest()})
	c, _ := newClient()
	_, err := c.HeadManifest(context.Background(), repo.Digest(blobOf(t, emptyIndex).Digest.String()))
	var de *DigestError
	require.True(t, errors.As(err, &de), "%v", err)
}

func TestPutManifest(t *testing.T) {
	s := registrytest.Start(t)
	c, _ := newClient()
	ctx := context.Background()
	repo := repository(t, s.Host+"/team/app")
	_, err := c.PutManifest(ctx, repo.Digest("sha256:"+strings.Repeat("0", 64)), types.OCIImageIndex, emptyIndex)
	require.ErrorContains(t, err, "the content has the digest")
	require.Empty(t, s.Requests(), "a wrong digest must not be sent")

	s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", registrytest.Manifests), Do: registrytest.FalseDigest()})
	_, err = c.PutManifest(ctx, repo.Tag("1"), types.OCIImageIndex, emptyIndex)
	require.ErrorContains(t, err, "the registry stored different content")
}

func TestSHA512References(t *testing.T) {
	s := registrytest.Start(t)
	c, _ := newClient()
	ctx := context.Background()
	repo := repository(t, s.Host+"/team/app")
	h := digestOf(t, "sha512", emptyIndex)
	ref, err := name.NewDigest(repo.Name() + "@" + h.String())
	require.NoError(t, err)
	_, err = c.PutManifest(ctx, ref, types.OCIImageIndex, emptyIndex)
	require.NoError(t, err)
	m, err := c.GetManifest(ctx, ref)
	require.NoError(t, err)
	require.Equal(t, h, m.Descriptor.Digest)
}

// TestLateContent: a registry finds the content of a manifest only some time after it was
// written.
func TestLateContent(t *testing.T) {
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

// TestLateContentStatuses: registries with replicated storage have different responses
// for content that was written a moment ago.
func TestLateContentStatuses(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]registrytest.Behavior{
		"400 MANIFEST_BLOB_UNKNOWN": registrytest.ErrorCode(400, "MANIFEST_BLOB_UNKNOWN"),
		"404 MANIFEST_BLOB_UNKNOWN": registrytest.ErrorCode(404, "MANIFEST_BLOB_UNKNOWN"),
		"404 BLOB_UNKNOWN":          registrytest.ErrorCode(404, "BLOB_UNKNOWN"),
		"404 MANIFEST_UNKNOWN":      registrytest.ErrorCode(404, "MANIFEST_UNKNOWN"),
		"400 MANIFEST_UNKNOWN":      registrytest.ErrorCode(400, "MANIFEST_UNKNOWN"),
		"404 without a code":        registrytest.Answer(404, "text/plain", "not found"),
		"422 BLOB_UNKNOWN":          registrytest.ErrorCode(422, "BLOB_UNKNOWN"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", registrytest.Manifests), Times: 4, Do: do})
			c, _ := newClient()
			_, err := c.PutManifest(context.Background(), repository(t, s.Host+"/team/app").Tag("1"), types.OCIImageIndex, emptyIndex)
			require.NoError(t, err)
		})
	}
	s := registrytest.Start(t)
	s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", registrytest.Manifests), Do: registrytest.ErrorCode(404, "NAME_UNKNOWN")})
	c, k := newClient()
	_, err := c.PutManifest(context.Background(), repository(t, s.Host+"/team/app").Tag("1"), types.OCIImageIndex, emptyIndex)
	require.ErrorContains(t, err, "NAME_UNKNOWN")
	require.Empty(t, k.waits, "a missing repository is not late content")
}

// TestImmutableTags: writing the same content again succeeds, and other content is rejected with
// the registry's reason.
func TestImmutableTags(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	other := []byte(`{"schemaVersion":2,"mediaType":"` + string(types.OCIImageIndex) + `","manifests":[],"annotations":{"a":"b"}}`)
	for _, status := range []int{400, 403, 405, 409, 412, 422, 423} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t)
			repo, _ := filled(t, s, "team/app", noise(10, 1))
			s.Faults().Add(registrytest.Fault{Match: registrytest.On("PUT", registrytest.Manifests), Do: registrytest.ErrorCode(status, "TAG_INVALID")})
			c, k := newClient()
			_, err := c.PutManifest(ctx, repo.Tag("1"), types.OCIImageIndex, emptyIndex)
			require.NoError(t, err)
			_, err = c.PutManifest(ctx, repo.Digest(blobOf(t, emptyIndex).Digest.String()), types.OCIImageIndex, emptyIndex)
			require.NoError(t, err)
			require.Equal(t, 2, s.Count("PUT", registrytest.Manifests), "a rejection must not be retried")
			_, err = c.PutManifest(ctx, repo.Tag("1"), types.OCIImageIndex, other)
			require.ErrorContains(t, err, "TAG_INVALID")
			_, err = c.PutManifest(ctx, repo.Tag("2"), types.OCIImageIndex, emptyIndex)
			require.ErrorContains(t, err, "TAG_INVALID", "a rejection must not count as written if the tag does not exist")
			require.Empty(t, k.waits)
		})
	}
}
