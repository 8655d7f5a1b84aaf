// Package report defines the JSON documents that commands print. They are a contract:
// docs/cli.md describes them, and the meaning of a field changes only with a major version.
package report

import "github.com/ocompose/ocompose/compose"

// Made is the output of a command that creates a package.
type Made struct {
	// Reference is the digest reference.
	Reference string `json:"reference"`
	Digest    string `json:"digest"`
	// Tag is absent if the package has none.
	Tag string `json:"tag,omitempty"`
	// AlsoTags are its tags besides Tag.
	AlsoTags []string `json:"alsoTags,omitempty"`
	// PortableTag is the tag of its portable composition.
	PortableTag string   `json:"portableTag,omitempty"`
	MediaType   string   `json:"mediaType,omitempty"`
	Mode        string   `json:"mode,omitempty" enum:"loose,bundled"`
	Platforms   []string `json:"platforms,omitempty"`
	// LeftOut are the platforms that it does not support, because some images don't.
	LeftOut []LeftOut `json:"leftOut,omitempty"`
	// LeftBehind are the artifact types of the composition's referrers in the source that are
	// not copied because the copy has another digest.
	LeftBehind []string `json:"leftBehind,omitempty"`
	// Requires are the things that the deployment host must provide, because they are not packaged.
	Requires []compose.Requirement `json:"requires,omitempty"`
	// DryRun is true if nothing was pushed.
	DryRun bool `json:"dryRun,omitempty"`
}

// LeftOut are platforms that some images of an application offer, but others do not.
type LeftOut struct {
	Platforms []string `json:"platforms"`
	// Images are the names of the images that do not offer them, each with the platforms it
	// offers.
	Images []string `json:"images"`
}

// Saved is the output of ocompose save.
type Saved struct {
	// Reference is the digest reference in the file.
	Reference string `json:"reference"`
	Digest    string `json:"digest"`
	Tag       string `json:"tag,omitempty"`
	// File is the path.
	File string `json:"file"`
	// Size is the total size of the manifests and blobs in the file, in bytes.
	Size      int64    `json:"size"`
	MediaType string   `json:"mediaType"`
	Mode      string   `json:"mode"`
	Platforms []string `json:"platforms,omitempty"`
	// Since are the packages that have the blobs that were left out, if any.
	Since string `json:"since,omitempty"`
}

// Pulled is the output of ocompose pull.
type Pulled struct {
	// Reference is the digest reference of the composition that was pulled.
	Reference string `json:"reference"`
	Digest    string `json:"digest"`
	// Platform is absent for a portable composition.
	Platform string       `json:"platform,omitempty"`
	Files    []PulledFile `json:"files"`
	// Missing are the requirements of the application that are missing.
	Missing []compose.Requirement `json:"missing,omitempty"`
	// Command is the command that starts the application.
	Command []string `json:"command,omitempty"`
}

// PulledFile is a file that was written.
type PulledFile struct {
	Path string `json:"path"`
	// Kind is "compose" for a file for docker compose -f.
	Kind string `json:"kind" enum:"compose,restored,extra"`
	Size int64  `json:"size"`
}

// Deleted is the output of ocompose delete.
type Deleted struct {
	// Reference is the digest reference of the package.
	Reference string `json:"reference"`
	// Tags are the references of the deleted tags.
	Tags []string `json:"tags"`
	// Deleted are the digest references of deleted manifests: none if only a tag was deleted.
	Deleted []string `json:"deleted"`
	// Kept are the digest references of manifests that are kept because others need them.
	Kept []string `json:"kept"`
	// DryRun is true if nothing was deleted.
	DryRun bool `json:"dryRun,omitempty"`
}

// Image is an image of a project or composition, in the output of ocompose images.
type Image struct {
	Path    string `json:"path"`
	Service string `json:"service"`
	// Name is the image's own name, with its tag if it has one; for a bundled image the name
	// of its source.
	Name string `json:"name"`
	// Reference is the reference in the files.
	Reference string `json:"reference"`
	// Digest is the digest of the index or manifest that it resolves to now.
	Digest    string   `json:"digest"`
	MediaType string   `json:"mediaType"`
	Platforms []string `json:"platforms"`
}

// Build is the output of ocompose version.
type Build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Address is the output of ocompose serve.
type Address struct {
	Address string `json:"address"`
	// References are the packages of a served file, by tag.
	References []string `json:"references,omitempty"`
}

// Inspection is the output of ocompose inspect.
type Inspection struct {
	// Reference is the digest reference of the package.
	Reference string `json:"reference"`
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	// Mode is "loose" or "bundled".
	Mode string `json:"mode" enum:"loose,bundled"`
	// Format is "margo" or "flightctl"; absent for packages that are only for Docker Compose.
	Format string `json:"format,omitempty" enum:"margo,flightctl"`
	// Size is the total size of the compositions' manifests and files in bytes, each content
	// once; images are not counted.
	Size int64 `json:"size"`
	// Subject is the image that the package is attached to.
	Subject *Subject `json:"subject,omitempty"`
	// Annotations are the annotations of the package's root.
	Annotations map[string]string `json:"annotations,omitempty"`
	// Compositions are in the order of the index.
	Compositions []Composition `json:"compositions"`
	// Bundle are the images in the index.
	Bundle []Bundled `json:"bundle,omitempty"`
	// Variables are the variables to set at deployment.
	Variables []compose.Variable `json:"variables,omitempty"`
	// Requires are the things that the deployment host must provide, because they are not packaged.
	Requires []compose.Requirement `json:"requires,omitempty"`
}

// Subject is the image that a package is attached to.
type Subject struct {
	Reference string `json:"reference"`
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
}

// Composition describes one composition.
type Composition struct {
	Digest string `json:"digest"`
	// Platform is absent for the portable composition.
	Platform string   `json:"platform,omitempty"`
	Portable bool     `json:"portable"`
	Size     int64    `json:"size"`
	Subject  *Subject `json:"subject,omitempty"`
	Services []string `json:"services"`
	Files    []File   `json:"files"`
	Images   []Pinned `json:"images"`
	// Includes are the references of compositions in registries that the Compose files
	// include or extend.
	Includes []string `json:"includes,omitempty"`
	// Unreadable is why services and images are unknown: the files are not a project, or need
	// something that is not in the composition. It is absent if they are known.
	Unreadable string `json:"unreadable,omitempty"`
}

// File describes a file of a composition.
type File struct {
	Name   string `json:"name"`
	Kind   string `json:"kind" enum:"compose,registry,restored,extra"`
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

// Pinned describes the image of a place of the application.
type Pinned struct {
	Path    string `json:"path"`
	Service string `json:"service"`
	// Reference is the reference that Docker Compose runs.
	Reference string `json:"reference"`
	// Digest is the pinned digest; absent if it is not pinned.
	Digest string `json:"digest,omitempty"`
	// Platform is the service's own platform, if any.
	Platform string `json:"platform,omitempty"`
}

// Bundled describes an image in the index and its source.
type Bundled struct {
	Digest    string `json:"digest"`
	MediaType string `json:"mediaType"`
	Source    string `json:"source,omitempty"`
}

// Listing has the referrers of an image: of its root, and of each of its platforms.
type Listing struct {
	Image     Subject    `json:"image"`
	Referrers []Referrer `json:"referrers"`
	// Others is the number of referrers left out because they have other types.
	Others int `json:"others"`
}

// Referrer is one manifest that refers to an image.
type Referrer struct {
	Reference    string            `json:"reference"`
	Digest       string            `json:"digest"`
	MediaType    string            `json:"mediaType"`
	ArtifactType string            `json:"artifactType"`
	Size         int64             `json:"size"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	// Subject is the digest that it refers to: that of the image's root, or of a platform.
	Subject string `json:"subject"`
	// Platform is the subject's platform; absent if the subject is an index.
	Platform string `json:"platform,omitempty"`
	// Tags point at the referrer. They are absent if there are too many tags to check.
	Tags []string `json:"tags,omitempty"`
	// Created is the date in the annotation org.opencontainers.image.created, if there is one.
	Created string `json:"created,omitempty"`
	// Newest marks the newest of several with a date.
	Newest bool `json:"newest,omitempty"`
}

// Verification is the output of ocompose verify.
type Verification struct {
	// Reference is the digest reference of the package.
	Reference string `json:"reference"`
	// OK is true if there is no problem.
	OK bool `json:"ok"`
	// Deep is true if every blob was read, not only checked for existence.
	Deep bool `json:"deep"`
	// Signature is the package's signature; absent if no policy was given.
	Signature *Signature `json:"signature,omitempty"`
	// Manifests and Blobs are the numbers of checked manifests and blobs, each counted once.
	Manifests int `json:"manifests"`
	Blobs     int `json:"blobs"`
	// Problems are sorted by the content that they are about.
	Problems []Problem `json:"problems"`
}

// Problem is a problem with content that a package needs.
type Problem struct {
	// Reference is the digest reference of the content.
	Reference string `json:"reference"`
	// Kind is "index", "manifest", "config", "layer", "file" or "pin".
	Kind string `json:"kind" enum:"index,manifest,config,layer,file,pin"`
	// Reason is the problem, such as that the content is missing.
	Reason string `json:"reason"`
	// NeededBy is the image or composition that needs it.
	NeededBy string `json:"neededBy"`
}

// KindName returns the name of a file's kind: "compose", "registry", "restored" or "extra".
func KindName(kind compose.Kind) string {
	switch kind {
	case compose.RestoredFile:
		return "restored"
	case compose.ExtraFile:
		return "extra"
	case compose.RegistryFile:
		return "registry"
	default:
		return "compose"
	}
}
