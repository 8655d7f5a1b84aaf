// Package registry is a small OCI registry: the one behind `ocompose serve`, and the one that the tests talk to.
//
// It implements all four workflow categories of the distribution specification (pull, push, content discovery and
// content management, https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md) and is stricter than
// most, so that a client which is right here is right elsewhere:
//
//   - a blob belongs to the repository that it was pushed to or mounted into, and is not seen from any other;
//   - a manifest is taken only when all that it names is in its repository, with the size that it says; only the
//     subject may be missing;
//   - names, tags and digests are held to the specification's grammar.
//
// Content lives in memory or, with WithDir, below a folder:
//
//	DIR/blobs/ALGORITHM/HEX                            content of blobs and manifests, once for all repositories
//	DIR/repositories/NAME/_blobs/ALGORITHM/HEX         an empty file: the blob belongs to the repository
//	DIR/repositories/NAME/_manifests/ALGORITHM/HEX     the manifest's media type
//	DIR/repositories/NAME/_tags/TAG                    the digest that the tag points at
//	DIR/uploads/…                                      what is being received; emptied at the start
//
// Every file appears by a rename, so a process that is killed leaves no half file behind. What is in the repositories
// is also held in memory while the registry runs: one process a folder, which a lock makes sure of.
package registry
