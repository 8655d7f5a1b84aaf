package registry

import (
	"net/http"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// condition must hold for a manifest to be written or deleted; the zero value always holds.
type condition struct {
	match     []string
	noneMatch []string
}

// condition returns the request's condition, if the registry honors conditions:
// https://www.rfc-editor.org/rfc/rfc9110.html#name-conditional-requests
func (r *Registry) condition(req *http.Request) condition {
	if !r.conditional {
		return condition{}
	}
	return condition{match: req.Header.Values("If-Match"), noneMatch: req.Header.Values("If-None-Match")}
}

func (c condition) check(repo *repository, ref reference) error {
	current, exists := repo.manifests[repo.resolve(ref)]
	digest := v1.Hash{}
	if exists {
		digest = current.digest
	}
	if len(c.match) > 0 && !(exists && matches(c.match, digest)) ||
		len(c.noneMatch) > 0 && exists && matches(c.noneMatch, digest) {
		return failure(http.StatusPreconditionFailed, codeNone, "%s has changed", ref)
	}
	return nil
}

// matches reports whether a list of entity tags includes the digest; "*" matches any.
func matches(headers []string, digest v1.Hash) bool {
	for _, header := range headers {
		for tag := range strings.SplitSeq(header, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == entityTag(digest) {
				return true
			}
		}
	}
	return false
}
