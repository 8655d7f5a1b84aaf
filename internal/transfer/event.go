package transfer

import v1 "github.com/google/go-containerregistry/pkg/v1"

// EventKind is what happened to a manifest or blob.
type EventKind int

const (
	// BlobFound means that the target needs the blob.
	BlobFound EventKind = iota
	// BlobPresent means that the target had the blob.
	BlobPresent
	// BlobMounted means that the registry mounted the blob from another repository.
	BlobMounted
	// BlobSending means that the transfer of the blob starts.
	BlobSending
	// BlobBytes means that some of the blob's bytes were transferred.
	BlobBytes
	// BlobSent means that all of the blob's bytes were transferred.
	BlobSent
	// BlobForeign means that the blob is not copied, because its license forbids it.
	BlobForeign
	// ManifestPresent means that the target had the manifest, and so everything that it refers to.
	ManifestPresent
	// ManifestSent means that the manifest was written.
	ManifestSent
)

// Event is something that happened to one part of an image.
type Event struct {
	Kind EventKind
	Desc v1.Descriptor
	To   string // the target repository
	// Image is the name given with [WithImage]; empty for parts of the package
	// itself.
	Image string
	Bytes int64 // transferred bytes, for BlobBytes
}
