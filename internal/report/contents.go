package report

// Tags is the output of ocompose tags: the tags of a repository.
type Tags struct {
	// Repository is its name, or oci-layout: followed by a folder.
	Repository string   `json:"repository"`
	Tags       []string `json:"tags"`
}

// Tagged is the output of ocompose tag.
type Tagged struct {
	// Reference is the digest reference that the tags now point at.
	Reference string `json:"reference"`
	Digest    string `json:"digest"`
	// Tags are the tags that were set, in the order of the command line.
	Tags []string `json:"tags"`
	// Moved are the tags that pointed at something else before.
	Moved []MovedTag `json:"moved,omitempty"`
}

// MovedTag is a tag that pointed at something else before.
type MovedTag struct {
	Tag string `json:"tag"`
	// From is the digest that it pointed at.
	From string `json:"from"`
}

// Contents is the output of ocompose ls: what the tags of a repository point at.
type Contents struct {
	// Repository is its name, or oci-layout: followed by a folder.
	Repository string     `json:"repository"`
	Tags       []TagEntry `json:"tags"`
	// Others is the number of tags left out because they are not compositions.
	Others int `json:"others"`
}

// The kinds of content that a tag points at.
const (
	// KindComposition is a composition, or an index of several.
	KindComposition = "composition"
	// KindImage is a container image.
	KindImage = "image"
	// KindArtifact is any other artifact.
	KindArtifact = "artifact"
	// KindReferrers is a list of referrers in the referrers tag schema.
	KindReferrers = "referrers"
	// KindMissing is a tag whose manifest is missing.
	KindMissing = "missing"
	// KindUnreadable is a manifest that can't be read.
	KindUnreadable = "unreadable"
)

// TagEntry is a tag with what it points at.
type TagEntry struct {
	Tag string `json:"tag"`
	// Reference is the digest reference; it, the digest and the media type are absent if the
	// manifest is missing.
	Reference string `json:"reference,omitempty"`
	Digest    string `json:"digest,omitempty"`
	MediaType string `json:"mediaType,omitempty"`
	// Kind is one of the kinds above.
	Kind string `json:"kind" enum:"composition,image,artifact,referrers,missing,unreadable"`
	// ArtifactType is absent for a container image.
	ArtifactType string `json:"artifactType,omitempty"`
	// Mode, Platforms and Subject describe a composition: "loose" or "bundled", the platforms
	// that have their own composition, and the digest that it is attached to.
	Mode      string   `json:"mode,omitempty" enum:"loose,bundled"`
	Platforms []string `json:"platforms,omitempty"`
	Subject   string   `json:"subject,omitempty"`
	// Created is the date in the annotation org.opencontainers.image.created, if there
	// is one.
	Created string `json:"created,omitempty"`
}
