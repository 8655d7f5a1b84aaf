package file

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/internal/action/session"
)

// A LeftOutError reports that neither a file nor the target of the load has some
// blobs of a package.
type LeftOutError struct {
	// From and To are the file and the target.
	From, To string
	// Blobs are the missing blobs.
	Blobs []v1.Descriptor
	// Images are the names of the images that need them. It is empty if only other content does.
	Images []string
	// Since is the package that has them, if the file was saved with --since.
	Since string
}

func (e *LeftOutError) Error() string {
	var size int64
	for _, d := range e.Blobs {
		size += d.Size
	}
	noun := "blobs"
	if len(e.Blobs) == 1 {
		noun = "blob"
	}
	missing := fmt.Sprintf("%d %s (%d bytes)", len(e.Blobs), noun, size)
	if len(e.Images) > 0 {
		missing += " of " + session.ListSome(e.Images)
	} else {
		missing += ", such as " + e.Blobs[0].Digest.String()
	}
	if e.Since == "" {
		return fmt.Sprintf("%s is not complete: it lacks %s", e.From, missing)
	}
	return fmt.Sprintf("%s was saved without the content of %s, which %s does not have: %s", e.From, e.Since, e.To, missing)
}

// An ImagesError reports that a file has some of the images of a loose composition, but not
// all of them.
type ImagesError struct {
	// From is the file, and Missing are the images that it lacks.
	From    string
	Missing []string
}

func (e *ImagesError) Error() string {
	return fmt.Sprintf("%s has some images of the composition, but not %s", e.From, session.ListSome(e.Missing))
}
