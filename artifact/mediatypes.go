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
	// to compose.yaml, byte for byte. Made for env files, it serves every file.
	RestoredFileType types.MediaType = "application/vnd.docker.compose.envfile"
	// LegacyConfigType is the config media type that marks a composition on a
	// registry of OCI 1.0, where a manifest has no artifactType.
	LegacyConfigType types.MediaType = "application/vnd.docker.compose.config.empty.v1+json"
	// ExtraFileType is the media type of a layer that only pulling restores.
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
	// AnnotationMode tells whether a composition is "loose" or "bundled".
	AnnotationMode = "dev.ocompose.mode"
	// AnnotationPlatform tells, on a composition that stands alone, what platform its pins are
	// for. In an index, the index says it.
	AnnotationPlatform = "dev.ocompose.platform"
	// AnnotationImageRef tells, on a bundled image, the reference it was copied from.
	AnnotationImageRef = "dev.ocompose.image.ref"
	// AnnotationIndexes lists, on an index that lists no indexes, those of the bundled images, as
	// a JSON array of descriptors. Each has a tag of its own.
	AnnotationIndexes = "dev.ocompose.image.indexes"
	// AnnotationAs tells, on a package whose files name their images by another name of the
	// repository than it was pushed to, what that is.
	AnnotationAs = "dev.ocompose.as"
	// AnnotationSince tells, in the index.json of a file, what has the blobs that the file
	// leaves out.
	AnnotationSince = "dev.ocompose.since"
	// AnnotationUse tells, with [UseRegistry], that a Compose file is only for those who read
	// the composition from a registry: a folder with its files does without it.
	AnnotationUse = "dev.ocompose.file.use"
	// AnnotationPath has the path of a carried file that has no title, because the reader of
	// titles takes it from an archive.
	AnnotationPath = "dev.ocompose.file.path"
	// AnnotationExecutable marks, with "true", a carried file that may be executed.
	AnnotationExecutable = "dev.ocompose.file.executable"
)

// UseRegistry is the value of [AnnotationUse].
const UseRegistry = "registry"

// A Mode tells where a composition's images live.
type Mode string

const (
	// Loose compositions name images where they are; image-digests.yaml pins them.
	Loose Mode = "loose"
	// Bundled compositions have their images in their own repository.
	Bundled Mode = "bundled"
)
