package artifact

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"
)

// TestNormalize: equal platforms have one form, and different platforms stay different.
func TestNormalize(t *testing.T) {
	for in, want := range map[string]string{
		"linux/amd64":     "linux/amd64",
		"Linux/AMD64":     "linux/amd64",
		"linux/x86_64":    "linux/amd64",
		"linux/x86-64":    "linux/amd64",
		"linux/amd64/v1":  "linux/amd64",
		"linux/amd64/v2":  "linux/amd64/v2",
		"linux/amd64/V3":  "linux/amd64/v3",
		"linux/i386":      "linux/386",
		"linux/i686":      "linux/386",
		"linux/arm64":     "linux/arm64",
		"linux/arm64/v8":  "linux/arm64",
		"linux/arm64/8":   "linux/arm64",
		"linux/aarch64":   "linux/arm64",
		"linux/arm64/v9":  "linux/arm64/v9",
		"linux/arm":       "linux/arm/v7",
		"linux/arm/5":     "linux/arm/v5",
		"linux/arm/v6":    "linux/arm/v6",
		"linux/armhf":     "linux/arm/v7",
		"linux/armel":     "linux/arm/v6",
		"windows/amd64":   "windows/amd64",
		"linux/riscv64":   "linux/riscv64",
		"linux/ppc64le/x": "linux/ppc64le/x",
	} {
		got, err := ParsePlatform(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got.String(), in)
		require.Equal(t, got, Normalize(got), "%s: normalizing twice must change nothing", in)
	}
	for _, in := range []string{"", "linux", "linux/", "/amd64", "linux/amd64/v1/x", "linux/amd64:10.0", "linux/a b", "linux//v8"} {
		_, err := ParsePlatform(in)
		require.ErrorContains(t, err, "is not of the form os/architecture[/variant]", in)
	}
}

// TestRunnable: a platform prefers its own images, then older variants, and never runs newer
// ones.
func TestRunnable(t *testing.T) {
	for in, want := range map[string][]string{
		"linux/amd64":    {"linux/amd64"},
		"linux/amd64/v4": {"linux/amd64/v4", "linux/amd64/v3", "linux/amd64/v2", "linux/amd64"},
		"linux/amd64/v2": {"linux/amd64/v2", "linux/amd64"},
		"linux/arm64":    {"linux/arm64"},
		"linux/arm64/v8": {"linux/arm64"},
		"linux/arm64/v9": {"linux/arm64/v9", "linux/arm64"},
		"linux/arm/v7":   {"linux/arm/v7", "linux/arm/v6", "linux/arm/v5"},
		"linux/arm/v8":   {"linux/arm/v8", "linux/arm/v7", "linux/arm/v6", "linux/arm/v5"},
		"linux/arm/v5":   {"linux/arm/v5"},
		"linux/s390x":    {"linux/s390x"},
		"windows/amd64":  {"windows/amd64"},
	} {
		p, err := ParsePlatform(in)
		require.NoError(t, err, in)
		var got []string
		for _, runs := range Runnable(p) {
			got = append(got, runs.String())
		}
		require.Equal(t, want, got, in)
	}
}

// TestNoImageRunsOnUnknownPlatform: one unknown part is enough.
func TestNoImageRunsOnUnknownPlatform(t *testing.T) {
	require.False(t, isUnknown(nil))
	require.False(t, isUnknown(&v1.Platform{OS: "linux", Architecture: "amd64"}))
	for _, p := range []v1.Platform{{OS: "unknown", Architecture: "unknown"}, {OS: "unknown"}, {OS: "linux", Architecture: "unknown"}} {
		require.True(t, isUnknown(&p), "%s", p)
	}
}
