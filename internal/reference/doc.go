// Package reference parses references as people type them, and explains what is wrong with
// invalid ones.
//
//	oci://registry.example.com:5000/team/app:1.0@sha256:4f53cda1…
//	└ optional        └ host        └ repository └ tag └ digest
//
// The grammar is that of the distribution specification,
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests,
// and the rules for hosts are Docker's.
package reference
