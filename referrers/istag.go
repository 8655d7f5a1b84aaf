package referrers

import "regexp"

// tagForm is a tag that [Tag] may have made of a sha256 or sha512 digest.
const tagForm = `^sha(256|512)-[0-9a-f]{64}$`

// IsTag tells whether a tag has the form of the tag schema's for a sha256 or
// sha512 digest, so that what it points at lists referrers, and is nothing that
// anyone named.
//
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
func IsTag(tag string) bool {
	matched, err := regexp.MatchString(tagForm, tag)
	return err == nil && matched
}
