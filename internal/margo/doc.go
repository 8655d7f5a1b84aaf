// Package margo writes and reads the archives that Margo distributes Compose applications
// as: one folder with compose.yaml and the files that it names, in a compressed tar file.
//
// See https://github.com/margo/specification/blob/4f481c1767ab368afa8ffcd26f784a3fe926bcfb/system-design/specification/applications/application-registry.md#compose-archive-structure.
package margo

import "github.com/ocompose/ocompose/internal/tarball"

// ComposeFile is the name of the Compose file. Margo allows no other.
const ComposeFile = "compose.yaml"

// A File is a file of an archive.
type File = tarball.File
