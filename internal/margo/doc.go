// Package margo writes and reads Margo's archives of Compose applications: one folder with
// compose.yaml and the files that it references, in a compressed tar file.
//
// See https://github.com/margo/specification (SUP-01, Compose Archive Structure).
package margo

// ComposeFile is the only name that Margo allows for the Compose file.
const ComposeFile = "compose.yaml"

// A File is a file of an archive.
type File struct {
	// Name is the path below the archive's folder, with slashes.
	Name    string
	Content []byte
	// Executable reports that the file's owner may execute it.
	Executable bool
}
