package referrers

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/stretchr/testify/require"
)

func TestTag(t *testing.T) {
	sixtyFour := strings.Repeat("0123456789abcdef", 4)
	for name, tc := range map[string]struct{ digest, want string }{
		// The specification's example.
		"sha256":                        {"sha256:" + strings.Repeat("a", 64), "sha256-" + strings.Repeat("a", 64)},
		"sha512 is cut":                 {"sha512:" + sixtyFour + strings.Repeat("f", 64), "sha512-" + sixtyFour},
		"a long algorithm is truncated": {strings.Repeat("x", 40) + ":" + sixtyFour, strings.Repeat("x", 32) + "-" + sixtyFour},
		"a plus is invalid in a tag":    {"sha256+b64:abc_DEF-9=", "sha256-b64-abc_DEF-9-"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, tagName(tc.digest)) })
	}
}

func TestTagIsInTheRepositoryOfTheSubject(t *testing.T) {
	subject, err := name.NewDigest("registry.example.org/project@sha256:" + strings.Repeat("a", 64))
	require.NoError(t, err)
	require.Equal(t, "registry.example.org/project:sha256-"+strings.Repeat("a", 64), Tag(subject).Name())
}

var (
	validDigest = regexp.MustCompile(`^[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$`)
	validTag    = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)
)

func FuzzTagName(f *testing.F) {
	f.Add("sha256:" + strings.Repeat("a", 64))
	f.Add("sha512:" + strings.Repeat("0f", 64))
	f.Add("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8")
	f.Add("a.b-c_d+e:====")
	f.Fuzz(func(t *testing.T, digest string) {
		tag := tagName(digest)
		if !validDigest.MatchString(digest) {
			require.LessOrEqual(t, len(tag), tagAlgorithmLimit+1+tagEncodedLimit)
			return
		}
		require.Regexp(t, validTag, tag)
	})
}
