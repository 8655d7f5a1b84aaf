package referrers_test

import (
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/referrers"
)

// The listings in the specification, with and without a filter, as a registry sends them.
func TestSpecificationsListing(t *testing.T) {
	const (
		subject = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		sbom    = `{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1234,"digest":"sha256:a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","artifactType":"application/vnd.example.sbom.v1","annotations":{"org.opencontainers.image.created":"2022-01-01T14:42:55Z","org.example.sbom.format":"json"}}`
		sig     = `{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1234,"digest":"sha256:a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2","artifactType":"application/vnd.example.signature.v1","annotations":{"org.opencontainers.image.created":"2022-01-01T07:21:33Z","org.example.signature.fingerprint":"abcd"}}`
		index   = `{"mediaType":"application/vnd.oci.image.index.v1+json","size":1234,"digest":"sha256:a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3","annotations":{"org.opencontainers.image.created":"2023-01-01T07:21:33Z"}}`
	)
	s := registrytest.Start(t)
	listing := func(entries ...string) string {
		return `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[` + strings.Join(entries, ",") + `]}`
	}
	filtered := registrytest.Match(func(req *http.Request) bool {
		return req.URL.Query().Get("artifactType") == "application/vnd.example.sbom.v1"
	})
	s.Faults().Add(
		registrytest.Fault{Match: registrytest.On("GET", "/referrers/"+subject+"$").And(filtered), Do: func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				w.Header().Set("OCI-Filters-Applied", "artifactType")
				registrytest.Answer(http.StatusOK, string(types.OCIImageIndex), listing(sbom))(nil).ServeHTTP(w, req)
			})
		}},
		registrytest.Fault{Match: registrytest.On("GET", "/referrers/"+subject+"$"), Do: registrytest.Answer(
			http.StatusOK, string(types.OCIImageIndex)+"; charset=utf-8", listing(sbom, sig, index))},
	)
	repo, err := name.NewRepository(s.Host + "/project")
	require.NoError(t, err)
	c, _ := newClient(t)

	got, err := c.List(t.Context(), repo.Digest(subject))
	require.NoError(t, err)
	require.Len(t, got, 3)
	require.Empty(t, got[0].ArtifactType, "an index without an artifact type is listed without one")
	require.Equal(t, "2023-01-01T07:21:33Z", got[0].Annotations["org.opencontainers.image.created"])
	require.Equal(t, "application/vnd.example.sbom.v1", got[1].ArtifactType)
	require.Equal(t, "abcd", got[2].Annotations["org.example.signature.fingerprint"])

	got, err = c.List(t.Context(), repo.Digest(subject), referrers.WithArtifactType("application/vnd.example.sbom.v1"))
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Equal(t, "json", got[0].Annotations["org.example.sbom.format"])
}

func TestSubjectsOfOtherAlgorithms(t *testing.T) {
	for name, opts := range map[string][]registry.Option{"API": nil, "tag schema": {registry.WithReferrersAPI(false)}} {
		t.Run(name, func(t *testing.T) {
			c, d := newClient(t)
			f := newFixture(t, d, registrytest.Start(t, opts...).Host, "app")
			sum := sha512.Sum512([]byte("a subject that need not exist"))
			f.desc.Digest = v1.Hash{Algorithm: "sha512", Hex: hex.EncodeToString(sum[:])}
			f.subject = f.repo.Digest(f.desc.Digest.String())
			a := push(t, c, f, "a")
			requireListed(t, c, f, a)
			_, tagged := f.tag(t)
			require.Equal(t, opts != nil, tagged)
			require.Equal(t, "sha512-"+f.desc.Digest.Hex[:64], referrers.Tag(f.subject).TagStr())
			require.NoError(t, c.Delete(t.Context(), f.repo.Digest(a.Digest.String())))
			requireListed(t, c, f)
		})
	}
}

func TestPushNeedsASubject(t *testing.T) {
	s := registrytest.Start(t)
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	s.Reset()
	for name, tc := range map[string]struct {
		raw string
		is  error
	}{
		"none":      {`{"schemaVersion":2}`, referrers.ErrNoSubject},
		"null":      {`{"subject":null}`, referrers.ErrNoSubject},
		"empty":     {`{"subject":{}}`, referrers.ErrNoSubject},
		"malformed": {`{"subject":{"digest":"sha256:../../x"}}`, nil},
		"no JSON":   {`subject`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Push(t.Context(), f.repo, types.OCIManifestSchema1, []byte(tc.raw))
			require.Error(t, err)
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
		})
	}
	require.Empty(t, s.Requests(), "no requests")
}

// A response that is not about the API is an error, not an empty list.
func TestListingErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		do     registrytest.Behavior
		match  string
		status int
	}{
		"not allowed":       {registrytest.ErrorCode(http.StatusForbidden, "DENIED"), registrytest.Referrers, http.StatusForbidden},
		"server error":      {registrytest.Status(http.StatusInternalServerError), registrytest.Referrers, http.StatusInternalServerError},
		"too large":         {registrytest.Oversize(9 << 20), registrytest.Referrers, 0},
		"no JSON":           {registrytest.Answer(http.StatusOK, string(types.OCIImageIndex), "<html>"), registrytest.Referrers, 0},
		"tag, not allowed":  {registrytest.ErrorCode(http.StatusForbidden, "DENIED"), "/manifests/sha256-", http.StatusForbidden},
		"tag, server error": {registrytest.Status(http.StatusInternalServerError), "/manifests/sha256-", http.StatusInternalServerError},
		"tag, too large":    {registrytest.Oversize(9 << 20), "/manifests/sha256-", 0},
		"tag, no JSON":      {registrytest.Answer(http.StatusOK, string(types.OCIImageIndex), "<html>"), "/manifests/sha256-", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t, registry.WithReferrersAPI(tc.match == registrytest.Referrers))
			c, d := newClient(t)
			f := newFixture(t, d, s.Host, "app")
			push(t, c, f, "a")
			s.Faults().Add(registrytest.Fault{Match: registrytest.On("GET", tc.match), Do: tc.do})
			_, err := c.List(t.Context(), f.subject)
			require.Error(t, err)
			var (
				answer *transport.Error
				list   *referrers.ListingError
			)
			if tc.status != 0 {
				require.ErrorAs(t, err, &answer)
				require.Equal(t, tc.status, answer.StatusCode)
			} else {
				require.ErrorAs(t, err, &list)
			}
			require.ErrorContains(t, err, f.subject.Name())
		})
	}
}

// On a registry that serves the API, an entry that only the tag has counts if its manifest
// exists.
func TestTagAddsToTheAPI(t *testing.T) {
	s := registrytest.Start(t)
	c, d := newClient(t)
	f := newFixture(t, d, s.Host, "app")
	a := push(t, c, f, "a")
	// An entry from before the API: a manifest without a subject stands for one that the registry
	// did not migrate to the API.
	b := f.put(t, types.OCIManifestSchema1, mustJSON(t, v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: emptyConfig(), Layers: []v1.Descriptor{}, ArtifactType: typeB,
	}))
	gone := push(t, c, f, "gone")
	f.setTag(t, tagIndex(t, []v1.Descriptor{a, b, gone}))
	require.NoError(t, d.DeleteManifest(t.Context(), f.repo.Digest(gone.Digest.String())))
	requireListed(t, c, f, a, b)
}

func TestErrorMessages(t *testing.T) {
	repo, err := name.NewRepository("registry.example.org/app")
	require.NoError(t, err)
	ref := repo.Digest("sha256:" + strings.Repeat("a", 64))
	cause := errors.New("the cause")
	for _, err := range []error{
		&referrers.SubjectRejectedError{Ref: ref, Err: cause},
		&referrers.AliasError{Tag: referrers.Tag(ref), Subject: ref.DigestStr()},
		&referrers.ForeignTagError{Tag: referrers.Tag(ref), MediaType: types.OCIManifestSchema1},
		&referrers.DeletionForbiddenError{Ref: ref, Err: cause},
		&referrers.ListingError{Source: ref.Name(), Err: cause},
		&referrers.UnsettledError{Tag: referrers.Tag(ref), Missing: []string{ref.DigestStr()}, Err: cause},
		&referrers.VanishedError{Ref: ref},
	} {
		require.Contains(t, err.Error(), "registry.example.org/app", "%T", err)
		if wrapped := errors.Unwrap(err); wrapped != nil {
			require.Same(t, cause, wrapped)
			require.Contains(t, err.Error(), "the cause")
		}
	}
}

// TestOptions: all options affect the requests.
func TestOptions(t *testing.T) {
	s := registrytest.Start(t, registry.WithReferrersAPI(false), registry.WithTokenAuth(registry.Access{Users: map[string]string{"alice": "wonderland"}}))
	alice := userKeychain{Username: "alice", Password: "wonderland"}
	f := newFixture(t, remote.New(remote.WithKeychain(alice)), s.Host, "app")
	sent := 0
	counting := roundTripper(func(req *http.Request) (*http.Response, error) {
		sent++
		return http.DefaultTransport.RoundTrip(req)
	})
	s.Reset()
	c := referrers.New(
		referrers.WithKeychain(alice), referrers.WithTransport(counting), referrers.WithUserAgent("example/1.0"),
		referrers.WithPlainHTTP(), referrers.WithSettle(time.Millisecond),
	)
	requireListed(t, c, f, push(t, c, f, "a"))
	require.NotZero(t, sent)
	for _, r := range s.Requests() {
		require.Equal(t, "example/1.0", r.Header.Get("User-Agent"), "%s %s", r.Method, r.Path)
	}

	// Plain HTTP is only for this machine, unless it is allowed for others.
	other, err := name.NewDigest("registry.example.org/app@" + f.subject.DigestStr())
	require.NoError(t, err)
	plain := roundTripper(func(req *http.Request) (*http.Response, error) {
		if req.URL.Scheme == "https" {
			return nil, http.ErrSchemeMismatch
		}
		out := req.Clone(req.Context())
		out.URL.Host = s.Host
		return http.DefaultTransport.RoundTrip(out)
	})
	_, err = referrers.New(referrers.WithKeychain(alice), referrers.WithTransport(plain)).List(t.Context(), other)
	require.ErrorIs(t, err, remote.ErrPlainHTTP)
	_, err = referrers.New(referrers.WithKeychain(alice), referrers.WithTransport(plain), referrers.WithPlainHTTP()).List(t.Context(), other)
	require.NotErrorIs(t, err, remote.ErrPlainHTTP)
}

// userKeychain has one login for all registries.
type userKeychain authn.AuthConfig

func (k userKeychain) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(authn.AuthConfig(k)), nil
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
