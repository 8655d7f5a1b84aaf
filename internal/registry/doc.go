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
// Content is in memory or, with WithDir, below a folder:
//
//	DIR/blobs/ALGORITHM/HEX                            content of blobs and manifests, once for all repositories
//	DIR/repositories/NAME/_blobs/ALGORITHM/HEX         an empty file: the blob belongs to the repository
//	DIR/repositories/NAME/_manifests/ALGORITHM/HEX     the manifest's media type
//	DIR/repositories/NAME/_tags/TAG                    the digest that the tag points at
//	DIR/uploads/…                                      uploads in progress; emptied at the start
//
// Every file is created by a rename, so a process that is killed leaves no partial file behind. The contents of the
// repositories are also in memory while the registry runs, so only one process may use a folder, which a lock ensures.
package registry
