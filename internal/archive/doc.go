// Package archive reads and writes OCI image layouts in a file: a tar file, which may be
// compressed.
//
// What is written is the same in every run, and begins with what describes the rest:
//
//	oci-layout  index.json  blobs/sha256/…  manifests, then small files, then all others
//
// What is read may be in any order, and is hostile: names that leave the folder, links,
// devices, sparse files, names that are there twice, and more entries than any application
// has are refused.
//
// See https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md.
package archive
