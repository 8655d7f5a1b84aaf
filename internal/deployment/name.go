package deployment

import "github.com/ocompose/ocompose/internal/filename"

// FolderName is what the folder of an application is called: as its project, unless that is the
// name of a device on Windows, such as con.
func FolderName(project string) string {
	if filename.IsDevice(project) {
		return project + "_"
	}
	return project
}
