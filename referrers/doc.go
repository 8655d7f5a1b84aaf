// Package referrers pushes, lists and deletes manifests that refer to another one with
// their subject field: signatures, bills of material, compositions.
//
// A registry tells what refers to a manifest in one of two ways. This package works with
// both, and finds out which one a registry has:
//
//	           push                              list
//	           ────                              ────
//	PUT /v2/app/manifests/sha256:B…    GET /v2/app/referrers/sha256:A…
//	{ "subject": { "digest":           ┌─ 200, an image index ─▶ referrers API
//	    "sha256:A…" }, … }             └─ anything else ─┐
//	         │                                           ▼
//	         ▼                         GET /v2/app/manifests/sha256-A…
//	is B in the list of A? ── yes ─▶ done    the tag schema: an image index
//	         │ no                            that clients keep up to date
//	         ▼
//	add B to the image index sha256-A…, look again until it no longer changes
//
// What a registry claims is checked: the referrers API counts as served if the answer is an
// image index, and a push as done when the pushed digest is listed.
//
// The index of the tag schema is a file that every writer overwrites, and most registries
// have no compare-and-swap. An update is lost if another writer's time from read to write
// spans it and its last look. So a [Client] reads right before it writes, looks again after
// several times the longest such window that it saw, and puts back what it has seen in the
// list and nobody deleted, until the list no longer changes. The entries of others are kept
// byte for byte.
//
// The specification is the OCI distribution-spec v1.1.1,
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md. How registries
// differ from it is in docs/registries.md.
package referrers
