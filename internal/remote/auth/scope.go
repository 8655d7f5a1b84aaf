package auth

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// scopes are what a token allows: actions by resource ("repository:library/nginx"). A scope
// that is one opaque word is a resource without actions.
//
// See https://distribution.github.io/distribution/spec/auth/scope/.
type scopes map[string][]string

func repositoryScope(repo string, actions ...string) scopes {
	return scopes{"repository:" + repo: actions}
}

func pullScope(repo name.Repository) scopes {
	return repositoryScope(repo.RepositoryStr(), "pull")
}

func pushScope(repo name.Repository) scopes {
	return repositoryScope(repo.RepositoryStr(), "pull", "push")
}

// parseScopes reads the scope parameter of a challenge. Registries put anything there; what
// has no actions is kept as it is.
func parseScopes(s string) scopes {
	out := scopes{}
	for _, f := range strings.Fields(s) {
		if i := strings.LastIndexByte(f, ':'); i > 0 && strings.Count(f, ":") >= 2 {
			out.add(f[:i], strings.Split(f[i+1:], ",")...)
			continue
		}
		out.add(f)
	}
	return out
}

func (s scopes) add(resource string, actions ...string) {
	have := s[resource]
	if have == nil {
		have = []string{}
	}
	for _, a := range actions {
		if a != "" && !slices.Contains(have, a) {
			have = append(have, a)
		}
	}
	s[resource] = have
}

// union returns a new set that has everything in s and o.
func (s scopes) union(o scopes) scopes {
	out := scopes{}
	for _, m := range []scopes{s, o} {
		for r, as := range m {
			out.add(r, as...)
		}
	}
	return out
}

// covers reports whether a token for s may do what o wants.
func (s scopes) covers(o scopes) bool {
	for r, want := range o {
		have, ok := s[r]
		if !ok {
			return false
		}
		for _, a := range want {
			if !slices.Contains(have, a) && !slices.Contains(have, "*") {
				return false
			}
		}
	}
	return true
}

// strings returns the scopes as a token server is asked for them, sorted.
func (s scopes) strings() []string {
	out := make([]string, 0, len(s))
	for r, as := range s {
		if len(as) == 0 {
			out = append(out, r)
			continue
		}
		sorted := slices.Clone(as)
		slices.Sort(sorted)
		out = append(out, r+":"+strings.Join(sorted, ","))
	}
	slices.Sort(out)
	return out
}

// needOf returns what a request to repo has to be allowed to do. Extra is what would help
// and is not worth failing for: reading the source of a mount, which may belong to somebody
// else.
func needOf(repo name.Repository, req *http.Request) (need, extra scopes) {
	switch req.Method {
	case http.MethodGet, http.MethodHead:
		return pullScope(repo), nil
	case http.MethodDelete:
		if strings.Contains(req.URL.Path, "/blobs/upload") {
			return pushScope(repo), nil
		}
		return repositoryScope(repo.RepositoryStr(), "pull", "push", "delete"), nil
	}
	if from := req.URL.Query().Get("from"); from != "" && req.Method == http.MethodPost {
		return pushScope(repo), repositoryScope(from, "pull")
	}
	return pushScope(repo), nil
}
