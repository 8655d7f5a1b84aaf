package enginetest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Bridges returns the names of the network interfaces that the engine has made
// for the networks of project.
func (e *Engine) Bridges(t *testing.T, project string) []string {
	t.Helper()
	var networks []struct{ ID, Name string }
	require.NoError(t, e.api.call(t.Context(), http.MethodGet, "/networks", &networks))
	var bridges []string
	for _, n := range networks {
		if strings.HasPrefix(n.Name, project+"_") {
			bridges = append(bridges, "br-"+n.ID[:12])
		}
	}
	return bridges
}
