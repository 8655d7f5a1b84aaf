package registry_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry"
)

func TestTagPages(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, opts ...registry.Option) {
		r := newRegistry(t, opts...)
		for _, tag := range []string{"b", "A", "c", "B", "_", "1.0", "10", "9"} {
			pushImage(t, r, "app", tag, imageOf(""))
		}
		for _, test := range []struct {
			query, want, next string
		}{
			{"", "1.0 10 9 _ A B b c", ""},
			{"?n=100", "1.0 10 9 _ A B b c", ""},
			{"?n=8", "1.0 10 9 _ A B b c", ""},
			{"?n=3", "1.0 10 9", "/v2/app/tags/list?last=9&n=3"},
			{"?last=9&n=3", "_ A B", "/v2/app/tags/list?last=B&n=3"},
			{"?last=B&n=3", "b c", ""},
			{"?last=A", "B b c", ""},
			{"?last=aa", "B b c", ""},
			{"?last=zzz", "", ""},
			{"?n=0", "", ""},
		} {
			got := call(t, r, "GET", "/v2/app/tags/list"+test.query, "")
			require.Equal(t, 200, got.Code, test.query)
			var page struct {
				Name string
				Tags []string
			}
			require.NoError(t, json.Unmarshal(got.Body.Bytes(), &page))
			require.Equal(t, "app", page.Name)
			require.NotNil(t, page.Tags)
			require.Equal(t, test.want, strings.Join(page.Tags, " "), test.query)
			want := ""
			if test.next != "" {
				want = "<" + test.next + `>; rel="next"`
			}
			require.Equal(t, want, got.Header().Get("Link"), test.query)
		}
		for _, query := range []string{"?n=-1", "?n=x", "?n=", "?n=1.5"} {
			require.Equal(t, 400, call(t, r, "GET", "/v2/app/tags/list"+query, "").Code, query)
		}
	})
}

func TestCatalogPages(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	for _, name := range []string{"b", "a/c", "a"} {
		pushBlob(t, r, name, "{}")
	}
	got := call(t, r, "GET", "/v2/_catalog?n=2", "")
	require.JSONEq(t, `{"repositories":["a","a/c"]}`, got.Body.String())
	require.Equal(t, `</v2/_catalog?last=a%2Fc&n=2>; rel="next"`, got.Header().Get("Link"))
	require.JSONEq(t, `{"repositories":["b"]}`, call(t, r, "GET", "/v2/_catalog?last=a%2Fc&n=2", "").Body.String())
}
