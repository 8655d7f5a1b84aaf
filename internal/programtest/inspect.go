package programtest

import (
	"cmp"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// Inspected is the part of the document of `inspect -o json` that tests check.
type Inspected struct {
	Reference    string
	Digest       string
	Mode         string
	Subject      *struct{ Reference, Digest string }
	Compositions []InspectedComposition
	Bundle       []struct{ Digest, MediaType, Source string }
}

// InspectedComposition is a composition of Inspected.
type InspectedComposition struct {
	Digest   string
	Platform string
	Portable bool
	Subject  *struct{ Reference, Digest string }
	Files    []struct{ Name, Kind, Digest string }
	Images   []struct{ Path, Service, Reference, Digest string }
}

// Inspect runs `ocompose inspect`.
func (p *Program) Inspect(ref string) Inspected {
	p.T.Helper()
	var report Inspected
	p.Decode(&report, "inspect", "-o", "json", ref)
	return report
}

// Last returns the composition that Docker Compose reads: the last of the index.
func (r Inspected) Last() InspectedComposition { return r.Compositions[len(r.Compositions)-1] }

// ImagesByService returns the references of the composition's images by service.
func (c InspectedComposition) ImagesByService() map[string]string {
	all := map[string]string{}
	for _, image := range c.Images {
		all[image.Service] = image.Reference
	}
	return all
}

// AnyPlatform returns a platform for which the package can be pulled on any machine.
func (r Inspected) AnyPlatform() string {
	return cmp.Or(r.Compositions[0].Platform, "linux/amd64")
}

// Referrer is the part of a referrer in the document of `referrers -o json` that tests check.
type Referrer struct {
	Reference, Digest, ArtifactType, Subject, Platform string
}

// Referrers runs `ocompose referrers`, which must find some.
func (p *Program) Referrers(image string) []Referrer {
	p.T.Helper()
	var listing struct{ Referrers []Referrer }
	p.Decode(&listing, "referrers", "-o", "json", image)
	require.NotEmpty(p.T, listing.Referrers, "nothing refers to %s", image)
	return listing.Referrers
}

// RequireComplete requires that a bundle needs only its repository: every image that it pins can
// be read completely, and the bundle can be verified and pulled.
func (p *Program) RequireComplete(ref string) {
	p.T.Helper()
	registrytest.Fetch(p.T, ref)
	repo, _, _ := strings.Cut(ref, "@")
	if !strings.Contains(ref, "@") {
		repo = ref[:strings.LastIndex(ref, ":")]
	}
	report := p.Inspect(ref)
	for _, c := range report.Compositions {
		for service, image := range c.ImagesByService() {
			require.True(p.T, strings.HasPrefix(image, repo+"@sha256:"), "%s of %s is %s", service, c.Digest, image)
			registrytest.Fetch(p.T, image)
		}
	}
	p.OK("images", ref)
	p.OK("verify", ref)
	p.OK("pull", "--platform", report.AnyPlatform(), "-d", p.T.TempDir(), ref)
}
