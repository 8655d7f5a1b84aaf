package registrytest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ocompose/ocompose/internal/registry"
)

// The login of reported registries that require one.
const (
	User     = "alice"
	Password = "wonderland"
)

// A Reported registry behaves in a way that users reported. A test runs the table of these registries, and the table is
// written to docs/registries.md.
type Reported struct {
	// Name is the registry's behavior, Seen where it was seen, and Does how this program handles it.
	Name, Seen, Does string
	// Refs are the reports of the behavior.
	Refs []string
	// Want are the outcomes, by the name of the check.
	Want map[string]string
	// Reason, if set, is part of the registry's error message.
	Reason string
	// Config, if set, is the user's config.json; the user is logged in otherwise.
	Config string

	options []registry.Option
	faults  func(testing.TB, *Server) []Fault
}

// Start runs the registry until the test ends. fill is called before it begins to behave as reported.
func (r Reported) Start(t testing.TB, fill func(*Server)) *Server {
	t.Helper()
	s := Start(t, r.options...)
	fill(s)
	if r.faults != nil {
		s.Faults().Add(r.faults(t, s)...)
	}
	return s
}

// Outcomes of the checks.
const (
	Works       = "works"
	Legacy      = "refused: OCI 1.0"
	Explained   = "refused, with its reason"
	loosePush   = "push"
	noPortable  = "push --no-portable"
	bundledPush = "push --bundle"
	pushedAgain = "push again"
	copiedThere = "copy there"
	copiedAway  = "copy from there"
)

// ReportedChecks are the checks of reported registries with their descriptions, in order.
var ReportedChecks = [][2]string{
	{loosePush, "a loose package"},
	{noPortable, "the same without the portable composition"},
	{bundledPush, "with images from another repository of the registry"},
	{pushedAgain, "the same again"},
	{copiedThere, "a bundle from another registry"},
	{copiedAway, "the package, bundled"},
}

// wanted returns outcomes, most of which are a success.
func wanted(but ...string) map[string]string {
	want := map[string]string{}
	for _, c := range ReportedChecks {
		want[c[0]] = Works
	}
	for i := 0; i < len(but); i += 2 {
		want[but[i]] = but[i+1]
	}
	return want
}

// always returns faults that do not depend on the server.
func always(faults func() []Fault) func(testing.TB, *Server) []Fault {
	return func(testing.TB, *Server) []Fault { return faults() }
}

var users = map[string]string{User: Password}

// ReportedRegistries is the table.
func ReportedRegistries() []Reported { return append(differing(), limiting()...) }

// differing returns registries that differ in what they accept.
func differing() []Reported {
	return []Reported{
		{
			Name: "rejects mounts with an error", Seen: "Harbor, Artifactory and others: 400, 401, 403, 404, 405, 500, 501",
			Does:   "uploads the blob, as after 202",
			Refs:   []string{"https://github.com/google/go-containerregistry/issues/1393", "https://github.com/google/go-containerregistry/issues/1404", "https://github.com/google/go-containerregistry/issues/1741", "https://github.com/goharbor/harbor/issues/17097"},
			faults: always(func() []Fault { return RefuseMounts(http.StatusMethodNotAllowed) }), Want: wanted(),
		},
		{
			Name: "redirects all but the ping to another host", Seen: "registries behind a redirecting front end",
			Does:   "follows the redirect with the same method and content, without credentials",
			Refs:   []string{"https://github.com/containerd/containerd/issues/11949"},
			faults: redirected, Want: wanted(),
		},
		{
			Name: "rejects artifactType with 405", Seen: "ECR, before it took OCI 1.1",
			Does:    "pushes an OCI 1.0 manifest, after the registry accepted the same manifest without artifactType",
			Refs:    []string{"https://github.com/docker/compose/issues/11239", "https://github.com/oras-project/oras/issues/690", "https://github.com/oras-project/oras/issues/1133", "https://github.com/aws/containers-roadmap/issues/2783"},
			options: []registry.Option{registry.WithOCI10(true)}, faults: always(func() []Fault { return RefusalsAs(http.StatusMethodNotAllowed, "UNSUPPORTED") }),
			Want: wanted(bundledPush, Legacy, copiedThere, Legacy),
		},
		{
			Name: "finds a blob only some time after it was written", Seen: "ACR, OpenShift, Harbor: 400 or 404 MANIFEST_BLOB_UNKNOWN",
			Does:   "retries the manifest",
			Refs:   []string{"https://github.com/Azure/acr/issues/588", "https://github.com/openshift/image-registry/issues/220"},
			faults: always(LateBlobs), Want: wanted(),
		},
		{
			Name: "has immutable tags", Seen: "ECR, Harbor and others, on request: 400, 403, 409 or 412",
			Does:   "compares first: the same content under the tag counts as done",
			Refs:   []string{"https://github.com/replicatedhq/kots/issues/5940", "https://github.com/aws/containers-roadmap/issues/2179", "https://github.com/moby/buildkit/issues/3776"},
			faults: always(ImmutableTags), Want: wanted(),
		},
		{
			Name: "rejects nested indexes", Seen: "Quay: 400 MANIFEST_INVALID",
			Does:   "lists the manifests of images directly, as with --flat",
			Refs:   []string{"https://github.com/quay/quay/blob/master/image/oci/index.py"},
			faults: always(FlatIndexesOnly), Want: wanted(),
		},
		{
			Name: "rejects index entries without a platform", Seen: "Pulp: 400 MANIFEST_INVALID",
			Does:   "reports the registry's reason; --no-portable omits such entries",
			Refs:   []string{"https://github.com/pulp/pulp_container/issues/2200"},
			faults: always(PlatformsRequired), Reason: "'platform' is a required property",
			Want: wanted(loosePush, Explained, bundledPush, Explained, pushedAgain, Explained, copiedThere, Explained),
		},
	}
}

// limiting returns registries that limit access or size.
func limiting() []Reported {
	return []Reported{
		{
			Name: "allows anonymous reads, and requires a login to write", Seen: "registries with anonymous access",
			Does:    "repeats a request with the login when the registry asks for it",
			Refs:    []string{"https://github.com/oras-project/oras/issues/147"},
			options: []registry.Option{registry.WithTokenAuth(registry.Access{Users: users, Allow: func(who, _, action string) bool { return who == User || action == "pull" }})},
			faults: always(func() []Fault {
				return []Fault{{Match: On("GET", "^/v2/$"), Do: Answer(http.StatusOK, "application/json", "{}")}}
			}), Want: wanted(),
		},
		{
			Name: "issues tokens that expire while requests wait", Seen: "Katello and others",
			Does:    "adds the token when a request is sent, and renews it whenever it expires",
			Refs:    []string{"https://github.com/Katello/katello/pull/11485"},
			options: []registry.Option{registry.WithTokenAuth(registry.Access{Users: users})},
			faults:  always(func() []Fault { return []Fault{TokensOfUses(3)} }), Want: wanted(),
		},
		{
			Name: "limits the size of request bodies", Seen: "nginx, Cloudflare and other proxies in front of a registry: 413",
			Does:   "uploads in chunks, and halves their size until they are accepted",
			Refs:   []string{"https://github.com/containers/podman/issues/24919", "https://github.com/containers/image/issues/1869", "https://github.com/cloudflare/serverless-registry/issues/67"},
			faults: always(func() []Fault { return LimitBodies(100_000, RefuseAtOnce) }), Want: wanted(),
		},
		{
			Name: "supports only ranges with an end, and truncates responses", Seen: "go-containerregistry's registry, in kind and CI: 416",
			Does:   "requests the rest of a blob with its end, and reads from the start if that fails",
			Refs:   []string{"https://github.com/anchore/stereoscope/pull/695"},
			faults: always(ClosedRanges), Want: wanted(),
		},
		{
			Name: "needs no login, but the user's credential helper is broken", Seen: "any public registry",
			Does:   "calls the helper only if the registry requires a login",
			Refs:   []string{"https://github.com/docker/docker-credential-helpers/issues/158"},
			Config: `{"credsStore": "that-is-not-installed"}`, Want: wanted(),
		},
	}
}

// redirected is a front end that redirects all requests except the ping to the registry behind it.
func redirected(t testing.TB, s *Server) []Fault {
	behind := httptest.NewServer(s.Handler())
	t.Cleanup(behind.Close)
	ping := On("GET", "^/v2/$")
	return []Fault{{Match: func(req *http.Request) bool { return !ping(req) }, Do: RedirectTo(behind.URL)}}
}
