// Package limits has the limits for untrusted input from registries, packages and files.
// docs/limits.md lists them with their reasons, and a test compares the two.
//
// They are far above the needs of real applications. Input that exceeds them is an attack,
// and is rejected with an [Error] before it costs anything.
package limits

import "fmt"

// Bytes of responses. All responses except blobs are read into memory.
const (
	// Manifest limits a manifest, an index, and a page of a list: the maximum that registries
	// accept.
	Manifest = 4 << 20
	// SmallManifest is the size of a manifest up to which many are read at once.
	SmallManifest = 128 << 10
	// Token limits the response of a token server.
	Token = 1 << 20
	// ErrorBody is how much is read of an error response.
	ErrorBody = 64 << 10
	// Header limits the header of a response.
	Header = 1 << 20
)

// Bytes that a connection may receive besides response bodies: as many as the bodies have,
// plus the sum of these.
const (
	// Overhead is allowed once for each connection.
	Overhead = 1 << 20
	// Undelivered is allowed for each response in progress, whose body may arrive before it is
	// read.
	Undelivered = 5 << 20
	// ResponseOverhead is allowed for each response, for its header.
	ResponseOverhead = 64 << 10
)

// Connections limits the connections that one request opens because the server closes them.
const Connections = 10

// Counts in one JSON document. Decoding needs many times the memory of the text, most for
// the shortest values: "{}" is a descriptor.
const (
	// Objects limits the objects in a document.
	Objects = 30_000
	// Fields limits the fields and elements in a document.
	Fields = 300_000
)

// A package.
const (
	// Compositions limits the compositions of one package.
	Compositions = 256
	// File limits, in bytes, a file of a composition that is read as a Compose file.
	File = 8 << 20
	// CompositionFiles limits the files of one composition.
	CompositionFiles = 4096
	// Files limits the bytes of all such files that one command reads.
	Files = 32 << 20
	// IncludeDepth limits the length of a chain of compositions that include each other.
	IncludeDepth = 8
	// Included limits the compositions in registries that one project includes.
	Included = 100
)

// An image.
const (
	// ImageManifests limits the manifests of one image, in its index and nested indexes.
	ImageManifests = 1_000
	// Platforms limits the platforms of one image.
	Platforms = 128
	// ImageReads limits the manifests of one image that are read to find its platforms.
	ImageReads = 200
	// ImageDepth limits the nesting of indexes in an image.
	ImageDepth = 4
	// Config limits, in bytes, a config that is read to find a platform.
	Config = 1 << 20
)

// Everything that one command follows.
const (
	// Depth limits nested indexes.
	Depth = 8
	// Manifests limits the references to manifests that are followed.
	Manifests = 20_000
	// Layers limits the references to layers and configs.
	Layers = 50_000
	// ManifestLayers limits the layers of one manifest.
	ManifestLayers = 5000
	// ManifestBytes limits the bytes of all manifests that are read.
	ManifestBytes = 24 << 20
)

// Files of this machine.
const (
	// LocalFile limits, in bytes, a configuration file, a file of certificates and the
	// index.json of an image layout.
	LocalFile = 16 << 20
)

// Lists of a repository.
const (
	// Tags limits the listed tags of a repository.
	Tags = 10_000
	// TagPages limits the pages of tags.
	TagPages = 1_000
	// Referrers limits the referrers of one listing.
	Referrers = 20_000
	// ReferrerLists limits the manifests whose referrers one command lists.
	ReferrerLists = 5_000
	// ReferrerPages limits the pages of one list of referrers.
	ReferrerPages = 1_000
	// ReferrerBytes limits the bytes of all lists of referrers that are read for one listing.
	ReferrerBytes = 16 << 20
	// ReferrerChecks limits the manifests that one listing, or one update of a list, checks.
	ReferrerChecks = 4_000
	// ReferrerChildren limits the manifests of an index whose referrers are listed.
	ReferrerChildren = 1_000
)

// An Error reports that a limit was exceeded.
type Error struct {
	// What is limited, in the plural: "layers", "bytes of manifests".
	What string
	// Limit is the maximum.
	Limit int
}

func (e *Error) Error() string { return fmt.Sprintf("it has more than %d %s", e.Limit, e.What) }
