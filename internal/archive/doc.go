// Package archive reads and writes OCI image layouts in a file: a tar file, which may be
// compressed.
//
// Archives are reproducible, and begin with the description of the rest:
//
//	oci-layout  index.json  blobs/sha256/…  manifests, then small files, then all others
//
// Archives that are read may be in any order, and are untrusted: names outside the folder, links,
// devices, sparse files, duplicate names, and more entries than any application
// has are rejected.
//
// See https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md.
package archive
