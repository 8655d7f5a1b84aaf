// Package reference reads the names of things in registries as people type them, and says
// what is wrong with those that are none.
//
//	oci://registry.example.com:5000/team/app:1.0@sha256:4f53cda1…
//	└ may be left out └ host        └ repository └ tag └ digest
//
// The grammar is that of the distribution specification,
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests,
// and the rules for what is a host are Docker's.
package reference
