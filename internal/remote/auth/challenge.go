package auth

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// challenge is one WWW-Authenticate challenge: how to log in to a registry.
type challenge struct {
	scheme string // lower case
	params map[string]string
}

// parseChallenges parses the WWW-Authenticate headers of a response. Invalid challenges are
// ignored.
//
// See https://www.rfc-editor.org/rfc/rfc9110.html#section-11.6.1.
func parseChallenges(h http.Header) []challenge {
	var out []challenge
	for _, v := range h.Values("WWW-Authenticate") {
		out = append(out, parseChallenge(v)...)
	}
	return out
}

func parseChallenge(s string) []challenge {
	var out []challenge
	for {
		s = strings.TrimLeft(s, " \t,")
		var word string
		word, s = cutToken(s)
		if word == "" {
			return out
		}
		rest := strings.TrimLeft(s, " \t")
		if len(out) > 0 && strings.HasPrefix(rest, "=") {
			var value string
			value, s = quotedOrToken(strings.TrimLeft(rest[1:], " \t"))
			p := out[len(out)-1].params
			if k := strings.ToLower(word); p[k] == "" {
				p[k] = value
			}
			continue
		}
		if rest != "" && rest == s && !strings.HasPrefix(rest, ",") {
			return out // not separated from the rest, so not a scheme
		}
		out = append(out, challenge{scheme: strings.ToLower(word), params: map[string]string{}})
	}
}

// cutToken splits s after the RFC 9110 token at its start.
func cutToken(s string) (word, rest string) {
	i := 0
	for i < len(s) && isTokenChar(s[i]) {
		i++
	}
	return s[:i], s[i:]
}

func isTokenChar(c byte) bool {
	return c > 0x20 && c < 0x7f && !strings.ContainsRune(`()<>@,;:\"/[]?={}`, rune(c))
}

func quotedOrToken(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		// Some registries don't quote URLs.
		i := strings.IndexAny(s, ", \t")
		if i < 0 {
			return s, ""
		}
		return s[:i], s[i:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:]
		case '\\':
			if i++; i == len(s) {
				return b.String(), ""
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// pickChallenge returns the first challenge that this client supports.
func pickChallenge(cs []challenge) (challenge, bool) {
	for _, c := range cs {
		if c.scheme == "bearer" || c.scheme == "basic" {
			return c, true
		}
	}
	return challenge{}, false
}

// A ChallengeError reports that a registry requires a kind of authentication that this
// client does not support. No credentials were sent.
type ChallengeError struct {
	// Registry is the registry's host.
	Registry string
	// Schemes are the requested schemes; empty if they can't be read.
	Schemes []string
	// Err is the registry's response.
	Err *transport.Error
}

func (e *ChallengeError) Error() string {
	if len(e.Schemes) == 0 {
		return fmt.Sprintf("registry %s requires authentication with an invalid challenge", e.Registry)
	}
	return fmt.Sprintf("registry %s requires %s authentication, but only Basic and Bearer are supported", e.Registry, strings.Join(e.Schemes, ", "))
}

// Unwrap returns the registry's response.
func (e *ChallengeError) Unwrap() error { return e.Err }

// unknownChallenge returns an error if a response only has challenges that this client does
// not support; otherwise nil.
func unknownChallenge(res *http.Response, registry string) error {
	asked := res.Header.Values("WWW-Authenticate")
	challenges := parseChallenges(res.Header)
	if _, known := pickChallenge(challenges); known || len(asked) == 0 {
		return nil
	}
	e := &ChallengeError{Registry: registry, Err: &transport.Error{StatusCode: res.StatusCode, Request: httperr.CleanRequest(res.Request)}}
	for _, c := range challenges {
		if !slices.Contains(e.Schemes, httperr.CleanText(c.scheme)) {
			e.Schemes = append(e.Schemes, httperr.CleanText(c.scheme))
		}
	}
	return e
}
