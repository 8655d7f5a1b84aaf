// Package artifact implements the composition format: it builds, parses and relocates
// Docker Compose applications as OCI artifacts.
//
// A composition is an image manifest for one platform whose layers are Compose
// files. A composition index lists several compositions, the portable one last,
// followed by the images if they are bundled:
//
//	index  artifactType: application/vnd.docker.compose.project
//	├── composition  linux/amd64        compose.yaml [+ image-digests.yaml + carried files]
//	├── composition  linux/arm64        the same, pinned for another platform
//	├── composition  (no platform)      portable: pinned to the image indexes
//	├── image index  nginx:1.27         bundled only: the images, each
//	└── image index  postgres:17        annotated with its source
//
// If the package is attached to an image, the subject of the index is the image's
// index, and the subject of each composition is the image manifest of its platform.
//
// [NewSpec] plans the package of a project and its resolved images, [Build] builds the
// plan, [Parse] reads a package, and [Package.Relocate] plans the same package for another
// repository. Nothing in this package uses the network: callers resolve images first, and
// push or fetch the content. Registry content is untrusted, so callers check digests before
// they parse it, and parsing has limits.
//
// The manifests follow the OCI Image Format Specification 1.1.1:
// https://github.com/opencontainers/image-spec/blob/v1.1.1/spec.md.
package artifact
