package programtest

import (
	"testing"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/realtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// Registry is a kind of registry that tests run against.
type Registry struct {
	// Name names the test.
	Name string
	// Start starts one and returns its address.
	Start func(testing.TB) string
}

// Registries returns the embedded registry, with the referrers API and without, and the real ones.
func Registries() []Registry {
	return []Registry{
		{"embedded", func(t testing.TB) string { return registrytest.Start(t).Host }},
		{"embedded without referrers API", func(t testing.TB) string {
			return registrytest.Start(t, registry.WithReferrersAPI(false)).Host
		}},
		{"distribution 3", func(t testing.TB) string { return realtest.Distribution(t) }},
		{"docker-registry 2.8", func(t testing.TB) string { return realtest.DockerRegistry(t) }},
	}
}
