package referrers

import (
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// The specification's limits for the two parts of a referrers tag. A tag has at most 128
// characters.
const (
	tagAlgorithmLimit = 32
	tagEncodedLimit   = 64
)

// Tag returns the tag that holds the list of subject's referrers in a registry without the
// referrers API: the algorithm and the encoded part of the digest, each truncated to its
// limit, joined by a dash.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema.
func Tag(subject name.Digest) name.Tag {
	return subject.Context().Tag(tagName(subject.DigestStr()))
}

func tagName(digest string) string {
	algorithm, encoded, _ := strings.Cut(digest, ":")
	return tagPart(algorithm, tagAlgorithmLimit) + "-" + tagPart(encoded, tagEncodedLimit)
}

// tagPart truncates s and replaces characters that are valid in a digest but not in a tag,
// such as the plus sign of "sha256+b64".
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

// tagForm matches the tags that [Tag] returns for sha256 and sha512 digests.
const tagForm = `^sha(256|512)-[0-9a-f]{64}$`

// IsTag reports whether a tag has the form that [Tag] returns for sha256 and sha512
// digests: it is a list of referrers, not a tag that a user chose.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema.
func IsTag(tag string) bool {
	matched, err := regexp.MatchString(tagForm, tag)
	return err == nil && matched
}
