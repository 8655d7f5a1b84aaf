package artifact

import (
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// ParsePlatform parses "os/architecture" or "os/architecture/variant" and returns the
// normalized platform. It fails for any other form.
func ParsePlatform(s string) (v1.Platform, error) {
	parts := strings.Split(s, "/")
	if len(parts) < 2 || len(parts) > 3 || !platformForm.MatchString(s) || strings.Contains(s, ":") {
		return v1.Platform{}, fmt.Errorf("platform %q is not of the form os/architecture[/variant], such as linux/arm64", s)
	}
	p := v1.Platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	return Normalize(p), nil
}

// platformForm limits the characters of a platform, so that it is safe to print.
var platformForm = regexp.MustCompile(`^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+(:[A-Za-z0-9._-]+)?$`)

// MachinePlatform returns the platform of Linux containers on this machine.
func MachinePlatform() v1.Platform {
	os := runtime.GOOS
	if os != "windows" {
		os = "linux"
	}
	return Normalize(v1.Platform{OS: os, Architecture: runtime.GOARCH})
}

// Normalize returns the platform in a form that can be compared: lower case, the
// architecture by its Go name, and no variant if it is the architecture's default.
func Normalize(p v1.Platform) v1.Platform {
	n := v1.Platform{
		OS:           strings.ToLower(p.OS),
		Architecture: strings.ToLower(p.Architecture),
		Variant:      strings.ToLower(p.Variant),
	}
	switch n.Architecture {
	case "x86_64", "x86-64":
		n.Architecture = "amd64"
	case "i386", "i686":
		n.Architecture = "386"
	case "aarch64":
		n.Architecture = "arm64"
	case "armhf":
		n.Architecture, n.Variant = "arm", "v7"
	case "armel":
		n.Architecture, n.Variant = "arm", "v6"
	}
	switch {
	case n.Architecture == "arm64" && (n.Variant == "v8" || n.Variant == "8"):
		n.Variant = ""
	case n.Architecture == "amd64" && n.Variant == "v1":
		n.Variant = ""
	case n.Architecture == "arm" && n.Variant == "":
		n.Variant = "v7"
	case n.Architecture == "arm" && !strings.HasPrefix(n.Variant, "v"):
		n.Variant = "v" + n.Variant
	}
	return n
}

// isUnknown reports whether p is the platform of an entry that is not an image, such as an
// attestation.
func isUnknown(p *v1.Platform) bool {
	return p != nil && (p.OS == "unknown" || p.Architecture == "unknown")
}

// Runnable returns the platforms that run on p, best first: p itself, then the older
// variants that its processor supports.
func Runnable(p v1.Platform) []v1.Platform {
	p = Normalize(p)
	all := []v1.Platform{p}
	older := map[string][]string{
		"amd64": {"v4", "v3", "v2", ""},
		"arm":   {"v8", "v7", "v6", "v5"},
		"arm64": {"v9", ""},
	}[p.Architecture]
	if i := slices.Index(older, p.Variant); i >= 0 {
		for _, variant := range older[i+1:] {
			all = append(all, v1.Platform{OS: p.OS, Architecture: p.Architecture, Variant: variant})
		}
	}
	return all
}

// comparePlatforms orders platforms by operating system, architecture and variant.
func comparePlatforms(a, b v1.Platform) int {
	return strings.Compare(a.String(), b.String())
}
