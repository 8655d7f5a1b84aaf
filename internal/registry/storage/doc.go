// Package storage keeps the content of a registry by digest, and records which repository has it: in memory, or below
// a folder:
//
//	DIR/blobs/ALGORITHM/HEX                            content of blobs and manifests, once for all repositories
//	DIR/repositories/NAME/_blobs/ALGORITHM/HEX         an empty file: the blob belongs to the repository
//	DIR/repositories/NAME/_manifests/ALGORITHM/HEX     the manifest's media type
//	DIR/repositories/NAME/_tags/TAG                    the digest that the tag points at
//	DIR/uploads/…                                      uploads in progress; emptied at the start
//
// Every file is created by a rename, so a process that is killed leaves no partial file behind. The registry also has
// the records in memory while it runs, so only one process may use a folder, which a lock ensures.
package storage
