package mirrors

import (
	"fmt"
	"strings"
)

// Sources are the places to read the images of a repository from.
type Sources struct {
	// Location is the repository to read after the mirrors: the requested one, or its
	// replacement.
	Location string
	// Mirrors are tried first, in this order.
	Mirrors []Mirror
	// BlockedBy is the prefix that blocks the repository, or empty.
	BlockedBy string
}

// A Mirror is a repository with the content of another one.
type Mirror struct {
	// Location is its name.
	Location string
	// ByTag and ByDigest report whether it is used for tags and for digests.
	ByTag, ByDigest bool
}

// check completes and checks a table.
func (r *registry) check() error {
	r.Prefix, r.Location = strings.TrimRight(r.Prefix, "/"), strings.TrimRight(r.Location, "/")
	if r.Prefix == "" {
		r.Prefix = r.Location
	}
	if r.Prefix == "" {
		return fmt.Errorf("a [[registry]] has neither prefix nor location")
	}
	if strings.Contains(strings.TrimPrefix(r.Prefix, "*."), "*") {
		return fmt.Errorf("prefix %q: an asterisk is only allowed for the first parts of a host name, as in *.example.com", r.Prefix)
	}
	for i := range r.Mirrors {
		m := &r.Mirrors[i]
		m.Location = strings.TrimRight(m.Location, "/")
		switch {
		case m.Location == "":
			return fmt.Errorf("a mirror of %q has no location", r.Prefix)
		case m.PullFromMirror == "" && r.MirrorByDigestOnly:
			m.PullFromMirror = "digest-only"
		case m.PullFromMirror == "", m.PullFromMirror == "all", m.PullFromMirror == "digest-only", m.PullFromMirror == "tag-only":
		default:
			return fmt.Errorf("mirror %q: pull-from-mirror = %q is not one of all, digest-only and tag-only", m.Location, m.PullFromMirror)
		}
	}
	return nil
}

// Find returns the sources of a repository, given its name with the host, such as
// docker.io/library/nginx. ok is false if the only source is the repository itself.
func (c *Config) Find(repository string) (s Sources, ok bool) {
	r, end := c.match(repository)
	if r == nil {
		return Sources{}, false
	}
	s.Location = repository
	if r.Blocked {
		s.BlockedBy = r.Prefix
		return s, true
	}
	if r.Location != "" {
		s.Location = r.Location + repository[end:]
	}
	for _, m := range r.Mirrors {
		s.Mirrors = append(s.Mirrors, Mirror{
			Location: m.Location + repository[end:],
			ByTag:    m.PullFromMirror != "digest-only",
			ByDigest: m.PullFromMirror != "tag-only",
		})
	}
	return s, s.Location != repository || len(s.Mirrors) > 0
}

// IsInsecure reports whether a host, with its port, may be used without TLS, and with
// certificates that can't be verified.
func (c *Config) IsInsecure(host string) bool {
	if c == nil {
		return false
	}
	for _, r := range c.registries {
		location := r.Location
		if location == "" {
			location = r.Prefix
		}
		if r.Insecure && hostOf(location) == host {
			return true
		}
		for _, m := range r.Mirrors {
			if m.Insecure && hostOf(m.Location) == host {
				return true
			}
		}
	}
	return false
}

func hostOf(location string) string {
	host, _, _ := strings.Cut(location, "/")
	return host
}

// match returns the table with the longest prefix of a repository, and the offset of the
// rest of its name.
func (c *Config) match(repository string) (found *registry, end int) {
	if c == nil {
		return nil, 0
	}
	for i := range c.registries {
		r := &c.registries[i]
		n, ok := prefixLength(repository, r.Prefix)
		if ok && (found == nil || len(r.Prefix) > len(found.Prefix)) {
			found, end = r, n
		}
	}
	return found, end
}

// prefixLength returns how much of a name a prefix matches: whole parts, or any subdomain
// for an asterisk.
func prefixLength(repository, prefix string) (n int, ok bool) {
	if suffix, isWildcard := strings.CutPrefix(prefix, "*"); isWildcard {
		i := strings.Index(repository, suffix)
		if i <= 0 || strings.Contains(repository[:i], "/") {
			return 0, false
		}
		n = i + len(suffix)
	} else if n = len(prefix); !strings.HasPrefix(repository, prefix) {
		return 0, false
	}
	return n, n == len(repository) || repository[n] == '/' || repository[n] == ':'
}
