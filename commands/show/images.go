package show

import (
	"slices"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/report"
)

// ImageReferences returns the digest references of images, without duplicates.
func ImageReferences(images []report.Image) []string {
	var all []string
	for _, i := range images {
		if ref := digestReference(i); !slices.Contains(all, ref) {
			all = append(all, ref)
		}
	}
	return all
}

// digestReference returns the digest reference of an image, without its tag.
func digestReference(i report.Image) string {
	ref, err := artifact.ParseReference(i.Reference)
	if err != nil {
		return i.Reference
	}
	return artifact.RepositoryName(ref.Context()) + "@" + i.Digest
}
