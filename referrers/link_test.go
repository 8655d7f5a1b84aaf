package referrers

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNextLink(t *testing.T) {
	for name, tc := range map[string]struct {
		headers []string
		want    string
	}{
		"none":                     {nil, ""},
		"quoted":                   {[]string{`</v2/app/referrers/x?last=y>; rel="next"`}, "/v2/app/referrers/x?last=y"},
		"token":                    {[]string{`</next>; rel=next`}, "/next"},
		"no blanks":                {[]string{`</next>;rel="next"`}, "/next"},
		"case":                     {[]string{`</next>; REL="Next"`}, "/next"},
		"several relations":        {[]string{`</next>; rel="last next"`}, "/next"},
		"second value":             {[]string{`</prev>; rel="prev", </next>; rel="next"`}, "/next"},
		"second header":            {[]string{`</prev>; rel="prev"`, `</next>; rel="next"`}, "/next"},
		"comma in the target":      {[]string{`</a,b>; rel="next"`}, "/a,b"},
		"comma in a quoted string": {[]string{`</prev>; title="a, <b>; rel=next"; rel="prev", </next>; rel="next"`}, "/next"},
		"escaped quote":            {[]string{`</next>; title="a\"; rel=prev"; rel="next"`}, "/next"},
		"parameter without value":  {[]string{`</next>; crossorigin; rel="next"`}, "/next"},
		"first rel counts":         {[]string{`</x>; rel="prev"; rel="next"`}, ""},
		"another parameter":        {[]string{`</x>; xrel="next"`}, ""},
		"another relation":         {[]string{`</x>; rel="nextish"`}, ""},
		"no rel":                   {[]string{`</x>`}, ""},
		"unclosed":                 {[]string{`</x; rel="next"`}, ""},
		"no brackets":              {[]string{`/x; rel="next"`}, ""},
		"garbage, then a link":     {[]string{`garbage "a,b", </next>; rel="next"`}, "/next"},
		"empty values":             {[]string{`, ,</next>; rel="next"`}, "/next"},
		"absolute":                 {[]string{`<https://registry.example.org/v2/app/referrers/x?n=1>; rel="next"`}, "https://registry.example.org/v2/app/referrers/x?n=1"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, nextLink(tc.headers)) })
	}
}

func TestFollow(t *testing.T) {
	const path = "/v2/team/app/referrers/sha256:aa"
	for name, tc := range map[string]struct {
		target, want string
		err          error
	}{
		"query only":          {target: "?last=b", want: path + "?last=b"},
		"absolute path":       {target: path + "?last=b&n=2", want: path + "?last=b&n=2"},
		"relative path":       {target: "sha256:aa?last=b", err: errAny}, // the first segment parses as a scheme
		"dotted path":         {target: "./sha256:aa?last=b", want: path + "?last=b"},
		"absolute URL":        {target: "http://127.0.0.1:5000" + path + "?last=b", want: path + "?last=b"},
		"host in capitals":    {target: "https://REGISTRY.example.org" + path + "?last=b", err: errOtherHost},
		"without scheme":      {target: "//127.0.0.1:5000" + path + "?last=b", want: path + "?last=b"},
		"another host":        {target: "http://evil.example.org" + path, err: errOtherHost},
		"another port":        {target: "http://127.0.0.1:5001" + path, err: errOtherHost},
		"another host, short": {target: "//evil.example.org" + path, err: errOtherHost},
		"user":                {target: "http://user:secret@127.0.0.1:5000" + path, err: errOtherHost},
		"file":                {target: "file:///etc/passwd", err: errOtherHost},
		"opaque":              {target: "mailto:someone", err: errOtherHost},
		"another repository":  {target: "/v2/other/referrers/sha256:aa?last=b", err: errOtherPath},
		"another subject":     {target: "/v2/team/app/referrers/sha256:bb", err: errOtherPath},
		"dots":                {target: "/v2/team/app/referrers/../../../../admin", err: errOtherPath},
		"no URL":              {target: "http://[::1", err: errAny},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := follow(&url.URL{Host: "127.0.0.1:5000", Path: path}, tc.target)
			switch {
			case tc.err == nil:
				require.NoError(t, err)
				require.Equal(t, tc.want, got)
			case errors.Is(tc.err, errAny):
				require.Error(t, err)
			default:
				require.ErrorIs(t, err, tc.err)
			}
		})
	}
}

// errAny stands for an error of any kind.
var errAny = url.InvalidHostError("any")

func FuzzLink(f *testing.F) {
	for _, seed := range []string{
		`</v2/app/referrers/sha256:aa?last=b>; rel="next"`,
		`<http://127.0.0.1:5000/v2/app/referrers/sha256:aa?n=1>; title="a, \"b"; rel=next, <x>`,
		`//evil/v2; rel="next`, `<>;rel="next"`, `<?x>; rel="prev next";`, "<\x00>; rel=next",
	} {
		f.Add(seed)
	}
	const path = "/v2/app/referrers/sha256:aa"
	f.Fuzz(func(t *testing.T, header string) {
		target := nextLink([]string{header})
		if target == "" {
			return
		}
		require.Contains(t, header, target)
		next, err := follow(&url.URL{Host: "127.0.0.1:5000", Path: path}, target)
		if err != nil {
			return
		}
		require.True(t, next == path || strings.HasPrefix(next, path+"?"), "%q resolves to %q", header, next)
		_, err = url.Parse(next)
		require.NoError(t, err)
	})
}
