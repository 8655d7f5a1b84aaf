package artifact

import (
	"fmt"
	"path"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/margo"
)

// A Format is the form that a package has, by who is to read it. All but the first are one
// manifest, with the pins of the portable composition.
type Format string

const (
	// DockerFormat is what Docker Compose reads, and what this package is about.
	DockerFormat Format = "docker"
	// MargoFormat is an archive for Margo's devices.
	MargoFormat Format = "margo"
	// FlightCtlFormat is a composition that Flight Control reads as well: its files have the
	// names that it looks for, and images have their full names.
	FlightCtlFormat Format = "flightctl"
)

// Formats are all of them.
func Formats() []Format { return []Format{DockerFormat, MargoFormat, FlightCtlFormat} }

// isPlain tells whether packages in the format are one manifest in any case.
func (f Format) isPlain() bool { return f == MargoFormat || f == FlightCtlFormat }

const composeKind = "compose" // of Margo's components and Flight Control's applications

// A FormatError tells why a project can't be packaged in a format.
type FormatError struct {
	Format Format
	Reason string
}

func (e *FormatError) Error() string { return fmt.Sprintf("packaging as %s: %s", e.Format, e.Reason) }

// CheckFormat returns a [FormatError] where a package in the format can't be what the other
// options ask for.
func (o Options) CheckFormat() error {
	if o.Format.isPlain() && (o.Mode == Bundled || o.Subject != nil || len(o.Platforms) > 0) {
		return &FormatError{o.Format, "the package is one manifest for all platforms, whose images stay where they are"}
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
			return &FormatError{MargoFormat, fmt.Sprintf("the annotation %s is given as %q, but it has to be %q", key, given, value)}
		}
	}
	return nil
}

// formOf is the form of a composition that is built anew.
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

// layersOf are the layers of a composition's files.
func (f compositionForm) layersOf(files []compose.File) ([]mutate.Addendum, error) {
	switch f.format {
	case MargoFormat:
		return f.margoLayer(files)
	case FlightCtlFormat:
		return flightCtlLayers(files)
	}
	return fileLayers(files, nil), nil
}

// pinnedInFull returns ref, as its author wrote it, with the registry's name and pinned to
// the digest. A tag stays for people.
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
