package file

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/archive"
	"github.com/ocompose/ocompose/internal/store"
)

// SavedFrom returns the repository that a package in a file was saved from, as the file's
// index.json records it; ok is false if it does not.
func SavedFrom(in store.Source, digest v1.Hash) (repository name.Repository, ok bool) {
	layout, isLayout := in.(store.Listing)
	if !isLayout {
		return name.Repository{}, false
	}
	entries, err := layout.Entries()
	if err != nil {
		return name.Repository{}, false // reading the package reports the error
	}
	for _, d := range entries {
		if ref, ok := savedAs(d); ok && d.Digest == digest {
			return ref.Context(), true
		}
	}
	return name.Repository{}, false
}

// savedAs returns the reference that an entry of index.json had before it was saved. Some programs
// write it into the annotation for the tag.
func savedAs(d v1.Descriptor) (name.Tag, bool) {
	if ref, err := name.NewTag(d.Annotations[session.AnnotationImageName]); err == nil {
		return ref, true
	}
	tag := d.Annotations[ocispec.AnnotationRefName]
	ref, err := name.NewTag(tag)
	return ref, err == nil && strings.Contains(tag, "/")
}

// BaseName returns the name of a file without its folder, or the last part of a repository's name.
// Files lose the extension of their kind of archive.
func BaseName(in store.Source) string {
	base := filepath.Base(in.Name())
	if strings.HasPrefix(in.Name(), store.ArchivePrefix) {
		return archive.TrimExtension(base)
	}
	return base
}

// hostedName returns the repository and tag that a package in a file is served under: those that it
// was saved from, or else those of the file.
func hostedName(file store.Source, d v1.Descriptor) (path, tag string) {
	if ref, ok := savedAs(d); ok {
		return ref.RepositoryStr(), ref.TagStr()
	}
	tag = d.Annotations[ocispec.AnnotationRefName]
	if _, err := name.NewTag("x:" + tag); err != nil {
		tag = name.DefaultTag
	}
	base := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(BaseName(file)), "-"), "-")
	if base == "" {
		base = "app"
	}
	return base, tag
}

// notInNames matches characters that repository names can't have.
var notInNames = regexp.MustCompile(`[^a-z0-9]+`)
