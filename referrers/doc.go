// Package referrers pushes, lists and deletes manifests that refer to another manifest with
// their subject field, such as signatures, SBOMs and compositions.
//
// A registry lists the referrers of a manifest in one of two ways. This package supports
// both, and detects which one a registry has:
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
//	add B to the image index sha256-A…, check again until it no longer changes
//
// Claims of a registry are verified: the referrers API counts as served if the response is
// an image index, and a push as done when the pushed digest is listed.
//
// Every writer overwrites the index of the tag schema, and most registries have no
// compare-and-swap. An update is lost if another writer read the index before it, and
// writes after the last check. So a [Client] reads right before it writes, checks again
// after several times the longest read-to-write window that it saw, and restores entries
// that it has seen and nobody deleted, until the list no longer changes. Entries of other
// writers are kept byte for byte.
//
// The specification is the OCI Distribution Specification 1.1.1,
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md. The file
// docs/registries.md describes how registries differ from it.
package referrers
