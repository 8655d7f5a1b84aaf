// Package limits has the numbers that bound what others can make the program do: registries,
// those who push to them, and files. docs/limits.md lists them with their reasons, and a
// test compares the two.
//
// They are far above what applications have. What is beyond them was made to be a burden, and
// is refused with an [Error] before it costs anything.
package limits

import "fmt"

// Bytes of answers. What isn't a blob is read into memory.
const (
	// Manifest bounds a manifest, an index, and a page of a list: the most that registries
	// take.
	Manifest = 4 << 20
	// Token bounds the answer of a token server.
	Token = 1 << 20
	// ErrorBody is what is read of an answer that is an error.
	ErrorBody = 64 << 10
	// Header bounds the header of an answer.
	Header = 1 << 20
)

// Counts in one JSON document. Decoding takes many times the memory of the text, and most
// where there is least in it: "{}" is a descriptor.
const (
	// Objects bounds the objects in a document.
	Objects = 30_000
	// Fields bounds the fields and elements in a document.
	Fields = 300_000
)

// A package.
const (
	// Compositions bounds the compositions of one package.
	Compositions = 256
	// File bounds, in bytes, a file of a composition that is read as a Compose file.
	File = 8 << 20
	// CompositionFiles bounds the files of one composition.
	CompositionFiles = 4096
	// Files bounds the bytes of all such files that one command reads.
	Files = 32 << 20
	// IncludeDepth bounds the compositions in registries that include each other in a row.
	IncludeDepth = 8
	// Included bounds the compositions in registries that one project includes.
	Included = 100
)

// An image.
const (
	// ImageManifests bounds the manifests of one image, in its index and the indexes in it.
	ImageManifests = 1_000
	// Platforms bounds the platforms of one image.
	Platforms = 128
	// ImageReads bounds the manifests of one image that are read to find out its platforms.
	ImageReads = 200
	// ImageDepth bounds how deep indexes are in the index of an image.
	ImageDepth = 4
	// Config bounds, in bytes, a config that is read to find out a platform.
	Config = 1 << 20
)

// All that one command follows.
const (
	// Depth bounds indexes in indexes.
	Depth = 8
	// Manifests bounds the references to manifests that are followed.
	Manifests = 20_000
	// Layers bounds the references to layers and configs.
	Layers = 50_000
	// ManifestBytes bounds the bytes of all manifests that are read.
	ManifestBytes = 24 << 20
)

// Lists of a repository.
const (
	// Tags bounds the tags of a repository that are listed.
	Tags = 10_000
	// TagPages bounds the pages that they come in.
	TagPages = 1_000
	// Referrers bounds the referrers of one listing.
	Referrers = 20_000
	// ReferrerLists bounds the manifests whose referrers one command asks for.
	ReferrerLists = 5_000
	// ReferrerPages bounds the pages of one list of referrers.
	ReferrerPages = 1_000
	// ReferrerBytes bounds the bytes of all lists of referrers that are read for one listing.
	ReferrerBytes = 16 << 20
	// ReferrerChecks bounds the manifests that one listing, or one update of a list, asks
	// about.
	ReferrerChecks = 4_000
	// ReferrerChildren bounds the manifests of an index whose referrers are listed.
	ReferrerChildren = 1_000
)

// An Error tells which limit is exceeded.
type Error struct {
	// What there is too much of, in the plural: "layers", "bytes of manifests".
	What string
	// Limit is how much there may be.
	Limit int
}

func (e *Error) Error() string { return fmt.Sprintf("it has more than %d %s", e.Limit, e.What) }
