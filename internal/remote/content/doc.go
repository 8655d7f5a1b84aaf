// Package content reads and writes the manifests and blobs of a registry, with
// go-containerregistry.
//
// An operation is one call of the library. It is in the context of the library's requests to the
// transports of this package: shortcuts answers some requests itself and sends uploads in its own
// way, in one request or in chunks; checked converts unexpected responses to errors; resumable
// resumes interrupted blob downloads. The documentation of package remote shows the transports
// below.
package content
