//go:build unix

package hostile

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestUnreadableCompositionIsInspected: a composition that includes a git repository, as others
// publish them, can't be loaded as a project. Inspect shows the rest.
func TestUnreadableCompositionIsInspected(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t)
	serveMade(t, server, "app", madeLayer(composeFile, "include: ['https://example.com/base.git']\n"+innocent, title, "compose.yaml"))
	p := programtest.New(t)
	ref := server.Host + "/app:1"
	const reason = `compose.yaml:1: include: "https://example.com/base.git": it is neither a local file nor a composition in a registry (oci://…): copy the files into the project folder and name those`
	require.Contains(t, p.OK("inspect", ref), "\n  Unreadable:  "+reason)
	var report struct {
		Compositions []map[string]any `json:"compositions"`
	}
	require.NoError(t, json.Unmarshal([]byte(p.OK("inspect", "-o", "json", ref)), &report))
	require.Equal(t, reason, report.Compositions[0]["unreadable"])
	require.Equal(t, []any{}, report.Compositions[0]["services"])
	require.Equal(t, []any{}, report.Compositions[0]["images"])
	require.Len(t, report.Compositions[0]["files"], 1)
	p.OK("pull", "-d", "out", ref)

	end := p.Run("copy", "--bundle", ref, server.Host+"/bundle")
	require.Equal(t, 1, end.Status)
	require.Contains(t, end.Stderr, reason)
}
