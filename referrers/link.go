package referrers

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// nextLink returns the target of the first link with the relation "next" in the values of
// Link headers, or "".
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
// and https://www.rfc-editor.org/rfc/rfc8288.html#section-3.
func nextLink(headers []string) string {
	for _, header := range headers {
		rest := header
		for rest != "" {
			var l link
			l, rest = scanLink(rest)
			if l.next() {
				return l.target
			}
		}
	}
	return ""
}

// A link is one link value: `<target>; name="value"; …`.
type link struct {
	target string
	rels   []string
	found  bool
}

// next reports whether the link points to the next page. In RFC 8288 only the first rel
// parameter counts, and relations are case-insensitive.
func (l link) next() bool {
	if !l.found || len(l.rels) == 0 {
		return false
	}
	for _, rel := range strings.Fields(l.rels[0]) {
		if strings.EqualFold(rel, "next") {
			return true
		}
	}
	return false
}

// scanLink parses one link value and returns the rest after its comma. An invalid value is
// skipped up to the next comma outside quotes and brackets.
func scanLink(s string) (link, string) {
	var l link
	s = strings.TrimLeft(s, " \t,")
	if !strings.HasPrefix(s, "<") {
		return l, skipValue(s)
	}
	target, rest, ok := strings.Cut(s[1:], ">")
	if !ok {
		return l, ""
	}
	l.target, l.found = strings.TrimSpace(target), true
	s = rest
	for {
		s = strings.TrimLeft(s, " \t")
		if !strings.HasPrefix(s, ";") {
			return l, skipValue(s)
		}
		var key, value string
		key, value, s = scanParam(s[1:])
		if strings.EqualFold(key, "rel") {
			l.rels = append(l.rels, value)
		}
	}
}

// scanParam parses `name=token` or `name="quoted string"`.
func scanParam(s string) (key, value, rest string) {
	s = strings.TrimLeft(s, " \t")
	end := strings.IndexAny(s, "=;, \t")
	if end < 0 {
		return s, "", ""
	}
	key, s = s[:end], strings.TrimLeft(s[end:], " \t")
	if !strings.HasPrefix(s, "=") {
		return key, "", s
	}
	s = strings.TrimLeft(s[1:], " \t")
	if strings.HasPrefix(s, `"`) {
		value, rest = unquote(s[1:])
		return key, value, rest
	}
	end = strings.IndexAny(s, ";, \t")
	if end < 0 {
		return key, s, ""
	}
	return key, s[:end], s[end:]
}

// unquote parses the rest of a quoted string, after its opening quote.
func unquote(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:]
		case '\\':
			i++
			if i == len(s) {
				return b.String(), ""
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// skipValue returns the rest after the next comma that separates links.
func skipValue(s string) string {
	quoted, bracketed := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && !bracketed:
			quoted = !quoted
		case quoted:
		case c == '<':
			bracketed = true
		case c == '>':
			bracketed = false
		case c == ',' && !bracketed:
			return s[i+1:]
		}
	}
	return ""
}

var (
	errOtherHost = errors.New("link points to another host")
	errOtherPath = errors.New("link points outside the list")
)

// follow resolves the target of a link against its page, and returns the path and query of
// the next request. It only follows links to the same path and host, so that neither
// credentials nor the request go anywhere else.
func follow(page *url.URL, target string) (string, error) {
	ref, err := url.Parse(target)
	if err != nil {
		return "", fmt.Errorf("parsing link %q: %w", target, err)
	}
	if ref.Host != "" && !strings.EqualFold(ref.Host, page.Host) {
		return "", fmt.Errorf("%w: %q", errOtherHost, ref.Host)
	}
	if ref.Scheme != "" && ref.Scheme != "http" && ref.Scheme != "https" || ref.Opaque != "" || ref.User != nil {
		return "", fmt.Errorf("%w: %q", errOtherHost, target)
	}
	next := (&url.URL{Path: page.Path, RawPath: page.RawPath}).ResolveReference(
		&url.URL{Path: ref.Path, RawPath: ref.RawPath, RawQuery: ref.RawQuery, ForceQuery: ref.ForceQuery})
	if next.Path != page.Path {
		return "", fmt.Errorf("%w: %q", errOtherPath, next.Path)
	}
	return next.RequestURI(), nil
}
