// Package artifact is the composition format: a Docker Compose application as
// OCI artifacts, how it is built, pushed, found, read and copied.
//
// A composition is an image manifest for one platform whose layers are Compose
// files. Several stand in a composition index, the portable one last, and
// behind it, when bundled, the images themselves:
//
//	index  artifactType: application/vnd.docker.compose.project
//	├── composition  linux/amd64        compose.yaml [+ image-digests.yaml + carried files]
//	├── composition  linux/arm64        the same, pinned for another platform
//	├── composition  (no platform)      portable: pinned to the image indexes
//	├── image index  nginx:1.27         bundled only: the images, each traceable
//	└── image index  postgres:17        to where it came from
//
// Attached, the index has the image's index as its subject and each composition
// the image manifest of its platform.
//
// Building is pure: [Build] takes a project and resolved images and returns
// bytes. [Remote] is the network at both ends: it resolves images before, and
// copies, pushes and fetches after.
package artifact
