package referrers

import (
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// The specification's limits of the two parts of a referrers tag. The
// algorithm's has its reason in the length of a tag, 128 characters.
const (
	tagAlgorithmLimit = 32
	tagEncodedLimit   = 64
)

// Tag names the tag that holds the referrers of subject where a registry has
// no referrers API: the digest's algorithm and encoded part, each cut to its
// limit, joined by a dash.
//
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
func Tag(subject name.Digest) name.Tag {
	return subject.Context().Tag(tagName(subject.DigestStr()))
}

func tagName(digest string) string {
	algorithm, encoded, _ := strings.Cut(digest, ":")
	return tagPart(algorithm, tagAlgorithmLimit) + "-" + tagPart(encoded, tagEncodedLimit)
}

// tagPart cuts s and replaces what a digest may hold and a tag may not, such
// as the plus sign of "sha256+b64".
func tagPart(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '.', r == '-':
			return r
		}
		return '-'
	}, s)
}
