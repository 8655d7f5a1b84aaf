package show

import (
	"slices"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/report"
)

// ImageReferences are the digest references of images, each once.
func ImageReferences(images []report.Image) []string {
	var all []string
	for _, i := range images {
		if ref := digestReference(i); !slices.Contains(all, ref) {
			all = append(all, ref)
		}
	}
	return all
}

// digestReference is the digest reference of an image, without the tag that it was named by.
func digestReference(i report.Image) string {
	ref, err := artifact.ParseReference(i.Reference)
	if err != nil {
		return i.Reference
	}
	return artifact.RepositoryName(ref.Context()) + "@" + i.Digest
}
