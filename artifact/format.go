package artifact

import (
	"fmt"
	"path"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/margo"
)

// A Format is the format of a package, which depends on its reader. All formats except
// [DockerFormat] are a single manifest, pinned like the portable composition.
type Format string

const (
	// DockerFormat is for Docker Compose, and the default.
	DockerFormat Format = "docker"
	// MargoFormat is a Compose archive for Margo devices.
	MargoFormat Format = "margo"
	// FlightCtlFormat is a composition that Flight Control reads too: its files have the names
	// that Flight Control expects, and images have their full names.
	FlightCtlFormat Format = "flightctl"
)

// Formats returns all formats.
func Formats() []Format { return []Format{DockerFormat, MargoFormat, FlightCtlFormat} }

// isPlain reports whether packages in the format are always a single manifest.
func (f Format) isPlain() bool { return f == MargoFormat || f == FlightCtlFormat }

const composeKind = "compose" // of Margo components and Flight Control applications

// A FormatError reports why a project can't be packaged in a format.
type FormatError struct {
	Format Format
	Reason string
}

func (e *FormatError) Error() string { return fmt.Sprintf("packaging as %s: %s", e.Format, e.Reason) }

// CheckFormat returns a [FormatError] if the format does not support the other options.
func (o Options) CheckFormat() error {
	if o.Format.isPlain() && (o.Mode == Bundled || o.Subject != nil || len(o.Platforms) > 0) {
		return &FormatError{o.Format, "the package is one manifest for all platforms, and its images are not copied"}
	}
	if o.Format != MargoFormat {
		return nil
	}
	version, err := margo.VersionOf(o.Tag)
	if err != nil {
		return &FormatError{MargoFormat, err.Error()}
	}
	for _, tag := range o.AlsoTags {
		if err := checkMargoTag(tag, version); err != nil {
			return err
		}
	}
	for key, value := range map[string]string{AnnotationMargoType: composeKind, AnnotationMargoVersion: version, ocispec.AnnotationVersion: version} {
		if given, ok := o.Annotations[key]; ok && given != value {
			return &FormatError{MargoFormat, fmt.Sprintf("the annotation %s is %q, but must be %q", key, given, value)}
		}
	}
	return nil
}

// formOf returns the form of a new composition.
func (o Options) formOf(legacy bool) (compositionForm, error) {
	form, err := newForm(legacy)
	if err != nil {
		return form, err
	}
	form.format, form.annotations = o.Format, annotated(o.Annotations, o.Mode)
	switch o.Format {
	case MargoFormat:
		version, err := margo.VersionOf(o.Tag)
		if err != nil {
			return form, &FormatError{MargoFormat, err.Error()}
		}
		form.artifactType, form.component, form.tag = MargoType, path.Base(o.Repository.RepositoryStr()), o.Tag
		form.annotations = margoAnnotations(o.Annotations, form.component, version)
	case FlightCtlFormat:
		form.annotations[AnnotationAppType] = composeKind
	}
	return form, nil
}

// layersOf returns the layers of a composition's files.
func (f compositionForm) layersOf(files []compose.File) ([]mutate.Addendum, error) {
	switch f.format {
	case MargoFormat:
		return f.margoLayer(files)
	case FlightCtlFormat:
		return flightCtlLayers(files)
	}
	return fileLayers(files, nil), nil
}

// pinnedInFull returns ref with the registry's name, pinned to the digest. A tag is kept
// for people.
func pinnedInFull(ref string, digest v1.Hash) string {
	written, _, _ := strings.Cut(ref, "@")
	tag, err := name.NewTag(written)
	if err != nil {
		return pinned(ref, digest)
	}
	full := RepositoryName(tag.Context())
	if strings.HasSuffix(written, ":"+tag.TagStr()) {
		full += ":" + tag.TagStr()
	}
	return full + "@" + digest.String()
}

// Media types of a composition. The first four are Docker Compose's own.
const (
	// Type is the artifactType of compositions and of their index.
	Type = "application/vnd.docker.compose.project"
	// ComposeFileType is the media type of a layer that is a Compose file.
	ComposeFileType types.MediaType = "application/vnd.docker.compose.file+yaml"
	// RestoredFileType is the media type of a layer that Docker Compose writes next
	// to compose.yaml, byte for byte. It was made for env files, but works for any file.
	RestoredFileType types.MediaType = "application/vnd.docker.compose.envfile"
	// LegacyConfigType is the config media type that marks a composition on a
	// registry of OCI 1.0, where a manifest has no artifactType.
	LegacyConfigType types.MediaType = "application/vnd.docker.compose.config.empty.v1+json"
	// ExtraFileType is the media type of a layer that only "ocompose pull" restores.
	ExtraFileType types.MediaType = "application/vnd.ocompose.file"
)

// Annotations of compositions, their index and their layers.
const (
	// AnnotationFile names a Compose file for Docker Compose.
	AnnotationFile = "com.docker.compose.file"
	// AnnotationExtends marks a Compose file that others extend: Docker Compose
	// writes it next to compose.yaml instead of merging it.
	AnnotationExtends = "com.docker.compose.extends"
	// AnnotationEnvFile names a restored file for Docker Compose.
	AnnotationEnvFile = "com.docker.compose.envfile"
	// AnnotationMode is the [Mode] of a package, "loose" or "bundled".
	AnnotationMode = "dev.ocompose.mode"
	// AnnotationPlatform is, on a composition outside an index, the platform of its pins. In
	// an index, the descriptor has the platform.
	AnnotationPlatform = "dev.ocompose.platform"
	// AnnotationImageRef is, on a bundled image, the reference it was copied from.
	AnnotationImageRef = "dev.ocompose.image.ref"
	// AnnotationIndexes lists, on a flat index, the indexes of the bundled images as a JSON
	// array of descriptors. Each has its own tag.
	AnnotationIndexes = "dev.ocompose.image.indexes"
	// AnnotationAs is the repository name that the files use for their images, on a package
	// that was pushed under another name of the repository.
	AnnotationAs = "dev.ocompose.as"
	// AnnotationSince names, in the index.json of a saved file, the packages whose blobs the
	// file leaves out.
	AnnotationSince = "dev.ocompose.since"
	// AnnotationUse marks, with [UseRegistry], a Compose file that is used only when the
	// composition is read from a registry, and that is not written to a folder.
	AnnotationUse = "dev.ocompose.file.use"
	// AnnotationPath has the path of a carried file that has no title, because the reader of
	// titles takes it from an archive.
	AnnotationPath = "dev.ocompose.file.path"
	// AnnotationExecutable marks, with "true", a carried file that is executable.
	AnnotationExecutable = "dev.ocompose.file.executable"
)

// UseRegistry is the value of [AnnotationUse].
const UseRegistry = "registry"

// A Mode is where a package's images are.
type Mode string

const (
	// Loose packages refer to images in their own repositories; image-digests.yaml pins them.
	Loose Mode = "loose"
	// Bundled packages have a copy of their images in their own repository.
	Bundled Mode = "bundled"
)
