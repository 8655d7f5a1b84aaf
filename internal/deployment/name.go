package deployment

import "github.com/ocompose/ocompose/internal/filename"

// FolderName returns the name of an application's folder: the project name, unless that is the
// name of a device on Windows, such as con.
func FolderName(project string) string {
	if filename.IsDevice(project) {
		return project + "_"
	}
	return project
}
