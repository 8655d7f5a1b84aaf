package artifact

import (
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Media types of a composition. The first four are Docker Compose's own.
const (
	// Type is the artifactType of compositions and of their index.
	Type = "application/vnd.docker.compose.project"
	// ComposeFileType is the media type of a layer that is a Compose file.
	ComposeFileType types.MediaType = "application/vnd.docker.compose.file+yaml"
	// RestoredFileType is the media type of a layer that Docker Compose writes next
	// to compose.yaml, byte for byte. It was made for env files, but works for any file.
	RestoredFileType types.MediaType = "application/vnd.docker.compose.envfile"
	// LegacyConfigType is the config media type that marks a composition on a
	// registry of OCI 1.0, where a manifest has no artifactType.
	LegacyConfigType types.MediaType = "application/vnd.docker.compose.config.empty.v1+json"
	// ExtraFileType is the media type of a layer that only "ocompose pull" restores.
	ExtraFileType types.MediaType = "application/vnd.ocompose.file"
)

// Annotations of compositions, their index and their layers.
const (
	// AnnotationFile names a Compose file for Docker Compose.
	AnnotationFile = "com.docker.compose.file"
	// AnnotationExtends marks a Compose file that others extend: Docker Compose
	// writes it next to compose.yaml instead of merging it.
	AnnotationExtends = "com.docker.compose.extends"
	// AnnotationEnvFile names a restored file for Docker Compose.
	AnnotationEnvFile = "com.docker.compose.envfile"
	// AnnotationMode is the [Mode] of a package, "loose" or "bundled".
	AnnotationMode = "dev.ocompose.mode"
	// AnnotationPlatform is, on a composition outside an index, the platform of its pins. In
	// an index, the descriptor has the platform.
	AnnotationPlatform = "dev.ocompose.platform"
	// AnnotationImageRef is, on a bundled image, the reference it was copied from.
	AnnotationImageRef = "dev.ocompose.image.ref"
	// AnnotationIndexes lists, on a flat index, the indexes of the bundled images as a JSON
	// array of descriptors. Each has its own tag.
	AnnotationIndexes = "dev.ocompose.image.indexes"
	// AnnotationAs is the repository name that the files use for their images, on a package
	// that was pushed under another name of the repository.
	AnnotationAs = "dev.ocompose.as"
	// AnnotationSince names, in the index.json of a saved file, the packages whose blobs the
	// file leaves out.
	AnnotationSince = "dev.ocompose.since"
	// AnnotationUse marks, with [UseRegistry], a Compose file that is used only when the
	// composition is read from a registry, and that is not written to a folder.
	AnnotationUse = "dev.ocompose.file.use"
	// AnnotationPath has the path of a carried file that has no title, because the reader of
	// titles takes it from an archive.
	AnnotationPath = "dev.ocompose.file.path"
	// AnnotationExecutable marks, with "true", a carried file that is executable.
	AnnotationExecutable = "dev.ocompose.file.executable"
)

// UseRegistry is the value of [AnnotationUse].
const UseRegistry = "registry"

// A Mode is where a package's images are.
type Mode string

const (
	// Loose packages refer to images in their own repositories; image-digests.yaml pins them.
	Loose Mode = "loose"
	// Bundled packages have a copy of their images in their own repository.
	Bundled Mode = "bundled"
)
