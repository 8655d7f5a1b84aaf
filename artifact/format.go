package artifact

import (
	"fmt"
	"maps"
	"path"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/filename"
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

// Media types and annotations of the other formats.
const (
	// MargoType is the artifactType of a Compose component for Margo.
	MargoType = "application/vnd.org.margo.component.compose+json"
	// MargoArchiveType is the media type of its only layer.
	MargoArchiveType types.MediaType = "application/vnd.org.margo.component.compose.tar+gzip"
	// AnnotationMargoType marks a component as a Compose component, and AnnotationMargoVersion
	// is its version.
	AnnotationMargoType    = "org.margo.component.type"
	AnnotationMargoVersion = "org.margo.component.version"
	// AnnotationAppType is the kind of application, for Flight Control, which reads it from
	// layers.
	AnnotationAppType = "appType"
)

const composeKind = "compose" // of Margo components and Flight Control applications

// The only Compose file names that Flight Control reads.
const (
	flightCtlBase     = "docker-compose.yaml"
	flightCtlOverride = "docker-compose.override.yaml"
)

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
	for key, value := range map[string]string{AnnotationMargoType: composeKind, AnnotationMargoVersion: version} {
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
		form.annotations = maps.Clone(o.Annotations)
		if form.annotations == nil {
			form.annotations = map[string]string{}
		}
		form.annotations[AnnotationMargoType], form.annotations[AnnotationMargoVersion] = composeKind, version
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
		renamed, err := flightCtlFiles(files)
		if err != nil {
			return nil, err
		}
		layers := fileLayers(renamed, nil)
		for i := range layers {
			layers[i].Annotations[AnnotationAppType] = composeKind
		}
		return layers, nil
	}
	return fileLayers(files, nil), nil
}

// margoLayer returns the archive of a composition's files. Its only Compose file has all
// pins.
func (f compositionForm) margoLayer(files []compose.File) ([]mutate.Addendum, error) {
	if err := filename.Check(f.component); err != nil {
		return nil, &FormatError{MargoFormat, err.Error()}
	}
	var all []margo.File
	for i, file := range files {
		if i > 0 && file.Kind == compose.ComposeFile {
			return nil, &FormatError{MargoFormat, fmt.Sprintf("the pins need a second Compose file, %s, but the format allows only one", file.Name)}
		}
		all = append(all, margo.File{Name: file.Name, Content: file.Content, Executable: file.Executable})
	}
	content, err := margo.Write(f.component, all)
	if err != nil {
		return nil, &FormatError{MargoFormat, err.Error()}
	}
	return []mutate.Addendum{{
		Layer:       static.NewLayer(content, MargoArchiveType),
		Annotations: map[string]string{ocispec.AnnotationTitle: f.component + "-" + f.tag + ".tar.gz"},
	}}, nil
}

// flightCtlFiles gives the Compose files the names that Flight Control looks for. It fails
// for files that Podman, which Flight Control uses to read packages, does not extract.
func flightCtlFiles(files []compose.File) ([]compose.File, error) {
	renamed := make([]compose.File, len(files))
	var merged []string
	for i, file := range files {
		if file.Kind == compose.ComposeFile {
			merged = append(merged, file.Name)
			file.Name = flightCtlBase
			if len(merged) > 1 {
				file.Name = flightCtlOverride
			}
		}
		if strings.Contains(file.Name, "/") {
			return nil, &FormatError{FlightCtlFormat, fmt.Sprintf("the file %s is in a subfolder, and Podman does not extract such files from an artifact", file.Name)}
		}
		renamed[i] = file
	}
	if len(merged) > 2 {
		return nil, &FormatError{FlightCtlFormat, fmt.Sprintf("the project has the Compose files %s, and Flight Control reads only two", strings.Join(merged, ", "))}
	}
	names := filename.NewSet()
	for _, file := range renamed {
		if err := names.Add(file.Name); err != nil {
			return nil, &FormatError{FlightCtlFormat, err.Error()}
		}
	}
	return renamed, nil
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
