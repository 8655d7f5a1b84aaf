package realtest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/realtest"
)

func TestRegistriesAnswer(t *testing.T) {
	for name, start := range map[string]func(testing.TB, ...realtest.Option) string{
		"distribution":    realtest.Distribution,
		"docker-registry": realtest.DockerRegistry,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := start(t)
			resp, err := http.Get("http://" + host + "/v2/")
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, http.StatusOK, resp.StatusCode)
		})
	}
}

func TestDeletionCanBeForbidden(t *testing.T) {
	host := realtest.DockerRegistry(t, realtest.WithDelete(false))
	const absent = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	req, err := http.NewRequest(http.MethodDelete, "http://"+host+"/v2/app/manifests/"+absent, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
}
