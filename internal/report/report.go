// Package report is the JSON documents that commands print. They are a contract: docs/cli.md
// describes them, and a field changes its meaning only with a major version.
package report

import "github.com/ocompose/ocompose/compose"

// Made is what a command that makes a package prints.
type Made struct {
	// Reference is the digest reference.
	Reference string `json:"reference"`
	Digest    string `json:"digest"`
	// Tag is absent where the package got none.
	Tag string `json:"tag,omitempty"`
	// AlsoTags are the tags that it got besides Tag.
	AlsoTags []string `json:"alsoTags,omitempty"`
	// PortableTag is the tag of its portable composition.
	PortableTag string   `json:"portableTag,omitempty"`
	MediaType   string   `json:"mediaType,omitempty"`
	Mode        string   `json:"mode,omitempty" enum:"loose,bundled"`
	Platforms   []string `json:"platforms,omitempty"`
	// LeftOut are the platforms that it is not for, because some images are not.
	LeftOut []LeftOut `json:"leftOut,omitempty"`
	// LeftBehind are the artifact types of what refers to the composition where it was copied
	// from, and does not go along because the copy has another digest.
	LeftBehind []string `json:"leftBehind,omitempty"`
	// Requires is what the place of deployment has to have, because it is not in the package.
	Requires []compose.Requirement `json:"requires,omitempty"`
	// DryRun tells that nothing was pushed.
	DryRun bool `json:"dryRun,omitempty"`
}

// LeftOut are platforms that some images of an application offer, and others do not.
type LeftOut struct {
	Platforms []string `json:"platforms"`
	// Images are the names of those that do not offer them, with what they do offer.
	Images []string `json:"images"`
}

// Saved is what save prints.
type Saved struct {
	// Reference is the digest reference in the file.
	Reference string `json:"reference"`
	Digest    string `json:"digest"`
	Tag       string `json:"tag,omitempty"`
	// File is the path.
	File string `json:"file"`
	// Size is how many bytes of manifests and blobs are in the file.
	Size      int64    `json:"size"`
	MediaType string   `json:"mediaType"`
	Mode      string   `json:"mode"`
	Platforms []string `json:"platforms,omitempty"`
	// Since is what has the blobs that were left out, if any were.
	Since string `json:"since,omitempty"`
}

// Pulled is what pull prints.
type Pulled struct {
	// Reference is the digest reference of the composition that was pulled.
	Reference string `json:"reference"`
	Digest    string `json:"digest"`
	// Platform is absent for a portable composition.
	Platform string       `json:"platform,omitempty"`
	Files    []PulledFile `json:"files"`
	// Missing is what the application needs and is not there.
	Missing []compose.Requirement `json:"missing,omitempty"`
	// Command starts the application.
	Command []string `json:"command,omitempty"`
}

// PulledFile is a file that was written.
type PulledFile struct {
	Path string `json:"path"`
	// Kind is "compose" for what docker compose -f takes.
	Kind string `json:"kind" enum:"compose,restored,extra"`
	Size int64  `json:"size"`
}

// Deleted is what delete prints.
type Deleted struct {
	// Reference is the digest reference of the package.
	Reference string `json:"reference"`
	// Tags are the references of the tags that are gone.
	Tags []string `json:"tags"`
	// Deleted are digest references: none where only a tag is gone.
	Deleted []string `json:"deleted"`
	// Kept are the digest references of manifests that something else needs.
	Kept []string `json:"kept"`
	// DryRun tells that nothing was deleted.
	DryRun bool `json:"dryRun,omitempty"`
}

// Image is an image of a project or composition, as images prints it.
type Image struct {
	Path    string `json:"path"`
	Service string `json:"service"`
	// Name is the image's own name: with its tag if it has one, and for a bundled image as
	// where it was copied from.
	Name string `json:"name"`
	// Reference is as the files have it.
	Reference string `json:"reference"`
	// Digest is what it resolves to now: an index's or a manifest's.
	Digest    string   `json:"digest"`
	MediaType string   `json:"mediaType"`
	Platforms []string `json:"platforms"`
}

// Build is what version prints.
type Build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Address is what serve prints.
type Address struct {
	Address string `json:"address"`
	// References are the packages of a file that is served, by tag.
	References []string `json:"references,omitempty"`
}

// Inspection tells what a package is.
type Inspection struct {
	// Reference is the digest reference of the package.
	Reference string `json:"reference"`
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	// Mode is "loose" or "bundled".
	Mode string `json:"mode" enum:"loose,bundled"`
	// Format is "margo" or "flightctl"; absent for packages that are for Docker Compose alone.
	Format string `json:"format,omitempty" enum:"margo,flightctl"`
	// Size is the number of bytes of the manifests and files of the compositions,
	// each content once; images are not counted.
	Size int64 `json:"size"`
	// Subject is the image that the package is attached to.
	Subject *Subject `json:"subject,omitempty"`
	// Annotations are those of the package's root.
	Annotations map[string]string `json:"annotations,omitempty"`
	// Compositions are in the order of the index.
	Compositions []Composition `json:"compositions"`
	// Bundle are the images that the index holds.
	Bundle []Bundled `json:"bundle,omitempty"`
	// Variables are what the application expects of the place of deployment.
	Variables []compose.Variable `json:"variables,omitempty"`
	// Requires is what the place of deployment has to have, because it is not in the package.
	Requires []compose.Requirement `json:"requires,omitempty"`
}

// Subject names a subject.
type Subject struct {
	Reference string `json:"reference"`
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
}

// Composition tells what one composition is.
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
	// Unreadable is why services and images are not known: the files are no project, or
	// need something that is not in the composition. It is absent where they are.
	Unreadable string `json:"unreadable,omitempty"`
}

// File tells what a file of a composition is.
type File struct {
	Name   string `json:"name"`
	Kind   string `json:"kind" enum:"compose,registry,restored,extra"`
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

// Pinned tells what a place of the application runs.
type Pinned struct {
	Path    string `json:"path"`
	Service string `json:"service"`
	// Reference is what Docker Compose is told to run.
	Reference string `json:"reference"`
	// Digest is what it is pinned to; absent where it is not.
	Digest string `json:"digest,omitempty"`
	// Platform is the service's own, where it has one.
	Platform string `json:"platform,omitempty"`
}

// Bundled tells what an image in the index is and where it came from.
type Bundled struct {
	Digest    string `json:"digest"`
	MediaType string `json:"mediaType"`
	Source    string `json:"source,omitempty"`
}

// Listing is what refers to an image: to its root, and to each platform of it.
type Listing struct {
	Image     Subject    `json:"image"`
	Referrers []Referrer `json:"referrers"`
	// Others is how many referrers are left out, because they are of other types.
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
	// Subject is the digest that it refers to: the image's root, or a platform's.
	Subject string `json:"subject"`
	// Platform is the subject's; absent where that is the root of several.
	Platform string `json:"platform,omitempty"`
	// Tags point at the referrer. They are absent where there are too many tags to look at.
	Tags []string `json:"tags,omitempty"`
	// Created is the date in the annotation org.opencontainers.image.created, if there is one.
	Created string `json:"created,omitempty"`
	// Newest marks the newest of several with a date.
	Newest bool `json:"newest,omitempty"`
}

// Verification is what verifying a package found.
type Verification struct {
	// Reference is the digest reference of the package.
	Reference string `json:"reference"`
	// OK tells that there is no problem.
	OK bool `json:"ok"`
	// Deep tells that every blob was read, not only asked for.
	Deep bool `json:"deep"`
	// Signature tells who signed the package; absent where no policy was given.
	Signature *Signature `json:"signature,omitempty"`
	// Manifests and Blobs are how many were checked, each once.
	Manifests int `json:"manifests"`
	Blobs     int `json:"blobs"`
	// Problems are sorted by what they are about.
	Problems []Problem `json:"problems"`
}

// Problem is one thing that a package needs and that is not right.
type Problem struct {
	// Reference is the digest reference of what is concerned.
	Reference string `json:"reference"`
	// Kind is "index", "manifest", "config", "layer", "file" or "pin".
	Kind string `json:"kind" enum:"index,manifest,config,layer,file,pin"`
	// Reason says what is wrong: that it is missing, or what else.
	Reason string `json:"reason"`
	// NeededBy names what needs it: an image, or a composition.
	NeededBy string `json:"neededBy"`
}

// KindName is a file's kind: "compose", "registry", "restored" or "extra".
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
