package registry_test

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// The specification's test suite, for pull, push, content discovery and content management. The
// program oci-conformance is built from the module
// github.com/opencontainers/distribution-spec/conformance.
func TestConformance(t *testing.T) {
	t.Parallel()
	suite := tooltest.Lookup(t, "oci-conformance")
	access := registry.Access{Users: map[string]string{"ann": "secret"}}
	for kind, test := range map[string]struct {
		opts []registry.Option
		env  []string // the disabled parts of the suite
	}{
		"memory":       {},
		"dir":          {opts: []registry.Option{registry.WithDir(t.TempDir())}},
		"conditional":  {opts: []registry.Option{registry.WithConditionalRequests(true)}},
		"basic auth":   {opts: []registry.Option{registry.WithBasicAuth(access)}},
		"token auth":   {opts: []registry.Option{registry.WithTokenAuth(access)}},
		"no deletion":  {opts: []registry.Option{registry.WithDelete(false)}},
		"no referrers": {opts: []registry.Option{registry.WithReferrersAPI(false)}, env: []string{"OCI_API_REFERRER=false"}},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := registrytest.Start(t, test.opts...)
			results := t.TempDir()
			cmd := exec.Command(suite)
			cmd.Dir = results
			cmd.Env = append(os.Environ(),
				"OCI_REGISTRY="+s.Host,
				"OCI_TLS=disabled",
				"OCI_VERSION=1.1",
				"OCI_RESULTS_DIR="+results,
				"OCI_USERNAME=ann",
				"OCI_PASSWORD=secret",
				"OCI_API_BLOBS_DIGEST_HEADER=true",
				"OCI_API_BLOBS_UPLOAD_CANCEL=true",
				"OCI_API_MANIFESTS_DIGEST_HEADER=true",
			)
			cmd.Env = append(cmd.Env, test.env...)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			require.NoError(t, cmd.Run(), "%s", &out)
			_, summary, _ := strings.Cut(out.String(), "OCI Conformance Result")
			t.Log(summary)

			var report struct {
				Tests    int `xml:"tests,attr"`
				Failures int `xml:"failures,attr"`
				Errors   int `xml:"errors,attr"`
			}
			raw, err := os.ReadFile(filepath.Join(results, "junit.xml"))
			require.NoError(t, err)
			require.NoError(t, xml.Unmarshal(raw, &report), "%s", raw)
			require.Greater(t, report.Tests, 100, "%s", &out)
			require.Zero(t, report.Failures+report.Errors, "%s", &out)
		})
	}
}
