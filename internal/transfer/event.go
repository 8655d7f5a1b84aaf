package transfer

import v1 "github.com/google/go-containerregistry/pkg/v1"

// EventKind tells what became of a manifest or blob.
type EventKind int

const (
	// BlobFound says that a blob has to be at the target.
	BlobFound EventKind = iota
	// BlobPresent says that the target had the blob.
	BlobPresent
	// BlobMounted says that the registry shares the blob between its repositories.
	BlobMounted
	// BlobSending says that the blob's bytes start to pass.
	BlobSending
	// BlobBytes says that some of the blob's bytes have passed.
	BlobBytes
	// BlobSent says that the blob's bytes have passed.
	BlobSent
	// BlobForeign says that the blob is not copied, as its license forbids it.
	BlobForeign
	// ManifestPresent says that the target had the manifest, and so all that it refers to.
	ManifestPresent
	// ManifestSent says that the manifest was written.
	ManifestSent
)

// Event is something that happened to one part of an image.
type Event struct {
	Kind EventKind
	Desc v1.Descriptor
	To   string // the target repository
	// Image is what the copy was called with [WithImage]; empty for parts of the package
	// itself.
	Image string
	Bytes int64 // that have passed, of BlobBytes
}
