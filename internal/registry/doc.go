// Package registry is a small OCI registry, for `ocompose serve` and for tests.
//
// It implements all four workflow categories of the distribution specification (pull, push, content discovery and
// content management, https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md) and is stricter than
// most, so that a client that works here works elsewhere:
//
//   - a blob belongs to the repository that it was pushed to or mounted in, and is not visible in any other;
//   - a manifest is accepted only if its repository has all content that it refers to, with matching sizes; only the
//     subject may be missing;
//   - names, tags and digests must match the specification's grammar.
//
// Package storage keeps the content: in memory or, with WithDir, below a folder. This package has the HTTP API, the
// contents of the repositories, uploads in progress, and access control.
package registry
