package remote

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

func TestListTags(t *testing.T) {
	t.Parallel()
	s := registrytest.Start(t)
	c, _ := newClient()
	repo, _ := filled(t, s, "team/app", nil)
	tags, err := c.ListTags(context.Background(), repo)
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, tags)
	_, err = c.ListTags(context.Background(), repository(t, s.Host+"/team/none"))
	require.True(t, IsNotFound(err), "%v", err)
}

func TestListTagsFollowsPages(t *testing.T) {
	t.Parallel()
	endless := false
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/v2/" {
			return
		}
		last, _ := strconv.Atoi(req.URL.Query().Get("last"))
		if endless || last < 2 {
			w.Header().Set("Link", `<http://elsewhere.example/>; rel="next"`)
		}
		if endless {
			last = 0 // the same page forever
		}
		_, _ = fmt.Fprintf(w, `{"tags":["%d"]}`, last+1)
	}))
	defer srv.Close()
	c, _ := newClient()
	repo := repository(t, srv.Listener.Addr().String()+"/team/app")
	tags, err := c.ListTags(context.Background(), repo)
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2", "3"}, tags)
	endless = true
	_, err = c.ListTags(context.Background(), repo)
	require.NoError(t, err)
}
