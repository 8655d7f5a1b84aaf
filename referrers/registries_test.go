package referrers_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	ggcrregistry "github.com/google/go-containerregistry/pkg/registry"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// A row is one behavior of registries. The rows drive TestBehaviorsAndRegistries and are written
// to docs/registries.md.
type row struct {
	// name describes the behavior of the registry.
	name string
	// seen lists the registries that behave so, now or in the past.
	seen string
	// does describes how ocompose handles it.
	does string
	// refs are links to a report or specification of the behavior.
	refs []string
	// start starts such a registry and returns its host.
	start func(testing.TB) string
	// want are the outcomes of the checks, by the check's name.
	want map[string]string
}

// Outcomes of the checks. An error is represented by the name of its type.
const (
	viaAPI    = "API"
	viaTag    = "tag schema"
	all       = "all"
	none      = "none"
	exact     = "exact"
	restored  = "restored"
	works     = "works"
	kept      = "kept"
	clean     = "clean"
	emptyList = "clean, empty list left"
	nothing   = "–"
	badList   = "ListingError"
	forbidden = "DeletionForbiddenError"
)

const (
	spec        = "https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#"
	specList    = spec + "listing-referrers"
	specTag     = spec + "referrers-tag-schema"
	specDelete  = spec + "deleting-manifests"
	ggcrLost    = "https://github.com/google/go-containerregistry/issues/2205"
	ggcrLogin   = "https://github.com/google/go-containerregistry/pull/1968"
	ggcr406     = "https://github.com/google/go-containerregistry/issues/1962"
	falseOK     = "https://github.com/sigstore/sigstore-js/pull/1187"
	ecrHeader   = "https://github.com/sigstore/sigstore-js/pull/1183"
	hubHeader   = "https://github.com/docker/hub-feedback/issues/2372"
	harbor401   = "https://github.com/goharbor/harbor/issues/18305"
	harborNoSub = "https://github.com/goharbor/harbor/issues/18865"
	harbor412   = "https://github.com/goharbor/harbor/pull/9427"
	garLag      = "https://github.com/chainguard-dev/terraform-provider-cosign/pull/581"
	gitlabAlias = "https://github.com/oras-project/oras-go/issues/1396"
	ghcr404     = "https://github.com/actions/attest-build-provenance/issues/71"
	distrAPI    = "https://github.com/distribution/distribution/issues/3859"
	sparse      = "https://github.com/opencontainers/distribution-spec/pull/310"
	staleIndex  = "https://github.com/oras-project/oras/issues/1228"
	ecr405      = "https://github.com/aws/containers-roadmap/issues/2783"
	rejects     = "https://github.com/notaryproject/specifications/pull/325"
)

// outcomes returns a copy of the outcomes way with some replaced.
func outcomes(way map[string]string, but ...string) map[string]string {
	want := map[string]string{}
	for k, v := range way {
		want[k] = v
	}
	for i := 0; i < len(but); i += 2 {
		want[but[i]] = but[i+1]
	}
	return want
}

var (
	byAPI = map[string]string{
		"attach": viaAPI, "list": all, "filter": exact, "attach again": works,
		"dangling entry": nothing, "others' entries": nothing, "delete": clean,
	}
	byTag = map[string]string{
		"attach": viaTag, "list": all, "filter": exact, "attach again": restored,
		"dangling entry": works, "others' entries": kept, "delete": clean,
	}
)

// embedded starts the embedded registry with faults.
func embedded(faults func() []registrytest.Fault, opts ...registry.Option) func(testing.TB) string {
	return func(t testing.TB) string {
		s := registrytest.Start(t, opts...)
		if faults != nil {
			s.Faults().Add(faults()...)
		}
		return s.Host
	}
}

// instead returns a registry with another response to the referrers API.
func instead(b registrytest.Behavior) func(testing.TB) string {
	return embedded(func() []registrytest.Fault { return registrytest.NoReferrers(b) })
}

// libraryRegistry starts the registry of go-containerregistry.
func libraryRegistry(t testing.TB, opts ...ggcrregistry.Option) string {
	quiet := ggcrregistry.Logger(log.New(io.Discard, "", 0))
	server := httptest.NewServer(ggcrregistry.New(append(opts, quiet)...))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

var withoutAPI = registry.WithReferrersAPI(false)

var rows = []row{
	{
		name: "serves the referrers API", seen: "zot, Quay, Harbor, ACR, Artifactory, ECR, Docker Hub; the embedded registry",
		does:  "uses it, and checks after a push that the digest is listed",
		refs:  []string{specList},
		start: embedded(nil), want: byAPI,
	},
	{
		name: "has no referrers API: 404", seen: "GHCR; the embedded registry with the API off",
		does:  "uses the tag schema",
		refs:  []string{specTag, ghcr404},
		start: embedded(nil, withoutAPI), want: byTag,
	},
	{
		name: "has no referrers API, but supports If-Match", seen: "the embedded registry, on request",
		does:  "updates the list conditionally, and relies on that after a rejected condition has proved that it works",
		refs:  []string{specTag},
		start: embedded(nil, withoutAPI, registry.WithConditionalRequests(true)), want: byTag,
	},
	{
		name: "distribution 3", seen: "distribution 3.1 (real registry)",
		does:  "uses the tag schema; removes entries of missing manifests, because the registry rejects an index with one",
		refs:  []string{distrAPI, sparse, ggcrLost},
		start: func(t testing.TB) string { return realtest.Distribution(t) }, want: byTag,
	},
	{
		name: "docker-registry 2.8", seen: "docker-registry 2.8 (real registry)",
		does:  "as distribution 3",
		refs:  []string{distrAPI, sparse},
		start: func(t testing.TB) string { return realtest.DockerRegistry(t) }, want: byTag,
	},
	{
		name: "answers 400 instead of a list", seen: "proxies and older registries",
		does: "uses the tag schema", refs: []string{specList},
		start: instead(registrytest.Status(http.StatusBadRequest)), want: byTag,
	},
	{
		name: "answers 405 instead of a list", seen: "proxies and older registries",
		does: "uses the tag schema", refs: []string{specList},
		start: instead(registrytest.Status(http.StatusMethodNotAllowed)), want: byTag,
	},
	{
		name: "answers 406 instead of a list", seen: "a registry reported without its name",
		does: "uses the tag schema", refs: []string{ggcr406},
		start: instead(registrytest.Status(http.StatusNotAcceptable)), want: byTag,
	},
	{
		name: "answers 200 with a web page", seen: "proxies and consoles before a registry",
		does: "uses the tag schema: only an image index is a list", refs: []string{falseOK},
		start: instead(registrytest.HTML(http.StatusOK)), want: byTag,
	},
	{
		name: "redirects to a login page", seen: "Google Artifact Registry, before OCI 1.1",
		does: "uses the tag schema", refs: []string{ggcrLogin},
		start: instead(registrytest.RedirectToLogin()), want: byTag,
	},
	{
		name: "answers 401 without a challenge", seen: "Harbor 2.7",
		does: "uses the tag schema", refs: []string{harbor401},
		start: instead(registrytest.ErrorCode(http.StatusUnauthorized, "UNAUTHORIZED")), want: byTag,
	},
	{
		name: "sends OCI-Subject without the API", seen: "ECR, Docker Hub, in 2024",
		does: "uses the tag schema: the header proves nothing", refs: []string{ecrHeader, hubHeader},
		start: embedded(func() []registrytest.Fault {
			return []registrytest.Fault{{Match: registrytest.On("", registrytest.Referrers), Do: registrytest.Status(http.StatusNotFound)}}
		}), want: byTag,
	},
	{
		name: "sends OCI-Subject and lists nothing", seen: "ECR, Docker Hub, in 2024",
		does: "checks a few times, then uses the tag schema", refs: []string{ecrHeader, hubHeader},
		start: embedded(registrytest.HeaderWithoutListing), want: byTag,
	},
	{
		name: "serves the API without OCI-Subject", seen: "Harbor 2.8",
		does: "uses the API, because the digest is listed", refs: []string{harborNoSub},
		start: embedded(func() []registrytest.Fault {
			return []registrytest.Fault{{Match: registrytest.On("PUT", registrytest.Manifests), Do: registrytest.DropHeader("OCI-Subject")}}
		}), want: byAPI,
	},
	{
		name: "lists a push late", seen: "registries with a separate index, such as Artifact Registry",
		does: "checks again with growing delays, because the registry confirmed the subject", refs: []string{garLag},
		start: embedded(func() []registrytest.Fault { return registrytest.LateListing(3) }), want: byAPI,
	},
	{
		name: "omits indexes from its list", seen: "nowhere yet: the first drafts gave only images a subject",
		does: "uses the tag schema for the omitted indexes, and lists both", refs: []string{specList},
		start: embedded(onlyImages),
		want:  outcomes(byAPI, "attach", viaTag, "attach again", works, "dangling entry", nothing),
	},
	{
		name: "lists without artifact types", seen: "nowhere yet: a listing that breaks the specification",
		does: "reads the manifests", refs: []string{specList},
		start: embedded(withoutTypes), want: byAPI,
	},
	{
		name: "lists in pages", seen: "any with long lists, as the specification allows",
		does: "follows Link, up to 1000 pages", refs: []string{specList},
		start: embedded(func() []registrytest.Fault { return registrytest.ReferrersPages(2) }), want: byAPI,
	},
	{
		name: "ignores the filter", seen: "any, as the specification allows",
		does: "filters the list itself", refs: []string{specList},
		start: embedded(func() []registrytest.Fault {
			return []registrytest.Fault{{Match: registrytest.On("GET", registrytest.Referrers), Do: registrytest.IgnoreFilter()}}
		}), want: byAPI,
	},
	{
		name: "links a page to itself as the next", seen: "nowhere yet: defective paging",
		does: "fails instead of looping; a referrer that is not found is listed under the tag too", refs: []string{specList},
		start: embedded(registrytest.LoopingReferrers),
		want:  outcomes(byAPI, "list", badList, "filter", badList, "attach again", badList, "delete", badList),
	},
	{
		name: "always has a next page", seen: "nowhere yet: defective paging",
		does: "fails after 1000 pages", refs: []string{specList},
		start: embedded(registrytest.EndlessReferrers),
		want:  outcomes(byAPI, "list", badList, "filter", badList, "attach again", badList, "delete", badList),
	},
	{
		name: "links to a next page on another host", seen: "nowhere yet: a compromised or misconfigured registry",
		does: "fails without a request to that host, so that no credentials leak", refs: []string{specList},
		start: embedded(otherHost),
		want:  outcomes(byAPI, "list", badList, "filter", badList, "attach again", badList, "delete", badList),
	},
	{
		name: "reads the referrers tag as the subject's digest", seen: "GitLab",
		does: "lists nothing, and attaching fails with the reason", refs: []string{gitlabAlias},
		start: embedded(registrytest.GitLabAlias, withoutAPI),
		want: outcomes(byTag, "attach", "AliasError", "list", none, "filter", none, "attach again", "AliasError",
			"dangling entry", "AliasError", "others' entries", "AliasError", "delete", "AliasError"),
	},
	{
		name: "has another manifest under the referrers tag", seen: "a tag that a user pushed",
		does: "fails without changing it, and names its type", refs: []string{spec + "pushing-manifests-with-subject"},
		start: embedded(foreignManifest, withoutAPI),
		want: outcomes(byTag, "attach", "ForeignTagError", "list", "ForeignTagError", "filter", "ForeignTagError",
			"attach again", "ForeignTagError", "dangling entry", "ForeignTagError", "others' entries", "ForeignTagError", "delete", "ForeignTagError"),
	},
	{
		name: "does not have the repository yet: 404 NAME_UNKNOWN", seen: "registries that create a repository with the first push",
		does: "lists nothing, and does not assume that the API is missing", refs: []string{specList},
		start: embedded(registrytest.NoRepositoryYet), want: byAPI,
	},
	{
		name: "limits the rate: 429 with Retry-After", seen: "ACR, Docker Hub",
		does: "waits that long", refs: []string{spec + "error-codes"},
		start: embedded(func() []registrytest.Fault {
			return []registrytest.Fault{{Match: registrytest.On("GET|PUT", "sha256-"), Do: registrytest.TooManyRequests(0), Every: 3}}
		}, withoutAPI), want: byTag,
	},
	{
		name: "fails sometimes: 503", seen: "all",
		does: "retries; reads the list again before it retries a write", refs: []string{spec + "error-codes"},
		start: embedded(func() []registrytest.Fault {
			return []registrytest.Fault{{Match: registrytest.On("GET|PUT|HEAD|DELETE", registrytest.Manifests), Do: registrytest.Status(http.StatusServiceUnavailable), Every: 3}}
		}, withoutAPI), want: byTag,
	},
	{
		name: "cuts the connection after a write", seen: "all",
		does: "checks whether the write succeeded", refs: []string{spec + "error-codes"},
		start: embedded(func() []registrytest.Fault {
			return []registrytest.Fault{{Match: registrytest.On("PUT", "sha256-"), Do: registrytest.CutAfter(), Every: 2}}
		}, withoutAPI), want: byTag,
	},
	{
		name: "has a high latency", seen: "all",
		does: "waits longer before it checks again", refs: []string{specTag},
		start: embedded(func() []registrytest.Fault {
			return []registrytest.Fault{{Do: registrytest.Latency(20 * time.Millisecond)}}
		}, withoutAPI), want: byTag,
	},
	{
		name: "has immutable tags: 412", seen: "Harbor's immutable tags",
		does: "does not mistake that for a failed condition, and fails", refs: []string{harbor412},
		start: embedded(immutableTags, withoutAPI),
		want: outcomes(byTag, "list", "412", "filter", "412", "attach again", "412", "dangling entry", "412",
			"others' entries", "412", "delete", "412"),
	},
	{
		name: "does not support deletion", seen: "distribution by default; any, by configuration",
		does: "fails before it changes the list", refs: []string{specDelete},
		start: embedded(nil, withoutAPI, registry.WithDelete(false)),
		want:  outcomes(byTag, "dangling entry", nothing, "delete", forbidden),
	},
	{
		name: "does not support deletion, with the API", seen: "any, by configuration",
		does: "says so", refs: []string{specDelete},
		start: embedded(nil, registry.WithDelete(false)),
		want:  outcomes(byAPI, "delete", forbidden),
	},
	{
		name: "keeps manifests that any index refers to", seen: "ECR",
		does: "fails, and restores the entry: older, untagged lists still refer to the manifest", refs: []string{staleIndex},
		start: embedded(protectsNamed, withoutAPI), want: outcomes(byTag, "dangling entry", nothing, "delete", "403"),
	},
	{
		name: "keeps manifests that have a tag", seen: "Google's registries",
		does: "leaves an empty list under the referrers tag", refs: []string{specDelete},
		start: embedded(protectsTagged, withoutAPI), want: outcomes(byTag, "delete", emptyList),
	},
	{
		name: "keeps the tags of deleted manifests", seen: "go-containerregistry's registry (crane registry serve)",
		does: "leaves an empty list under the referrers tag", refs: []string{specDelete},
		start: func(t testing.TB) string { return libraryRegistry(t) }, want: outcomes(byTag, "delete", emptyList),
	},
	{
		name: "lists the config's media type as the artifact type", seen: "go-containerregistry's registry; copies of a list by crane",
		does: "reads the manifest if that is the type of an empty config", refs: []string{specList},
		start: func(t testing.TB) string { return libraryRegistry(t, ggcrregistry.WithReferrersSupport(true)) }, want: byAPI,
	},
	{
		name: "supports only OCI 1.0", seen: "old registries",
		does: "fails, because the registry rejects a subject", refs: []string{rejects, ecr405},
		start: embedded(nil, registry.WithOCI10(true)),
		want: outcomes(byAPI, "attach", "SubjectRejectedError", "list", "SubjectRejectedError", "filter", "SubjectRejectedError",
			"attach again", "SubjectRejectedError", "delete", "SubjectRejectedError"),
	},
}
