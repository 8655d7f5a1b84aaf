package artifact

import (
	"fmt"
	"maps"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/filename"
	"github.com/ocompose/ocompose/internal/margo"
)

// Media types and annotations of Compose components for Margo.
//
// See https://github.com/margo/specification/blob/4f481c1767ab368afa8ffcd26f784a3fe926bcfb/system-design/specification/applications/application-registry.md#compose-component-registry.
const (
	// MargoType is the artifactType.
	MargoType = "application/vnd.org.margo.component.compose+json"
	// MargoArchiveType is the media type of the component's only layer.
	MargoArchiveType types.MediaType = "application/vnd.org.margo.component.compose.tar+gzip"
	// AnnotationMargoType marks a component as a Compose component, and AnnotationMargoVersion
	// is its version. Both are required on the layer.
	AnnotationMargoType    = "org.margo.component.type"
	AnnotationMargoVersion = "org.margo.component.version"
)

// margoAnnotations returns the annotations of a component's manifest, including the given
// ones.
func margoAnnotations(given map[string]string, component, version string) map[string]string {
	all := map[string]string{ocispec.AnnotationTitle: component, ocispec.AnnotationVersion: version}
	maps.Copy(all, given)
	all[AnnotationMargoType], all[AnnotationMargoVersion] = composeKind, version
	return all
}

// CheckTag returns a [FormatError] if the package must not have the tag: a version that is
// not the version of the Margo component. Margo devices look for a version under the tag
// with that name.
func (p *Package) CheckTag(tag string) error {
	if c := p.Compositions[0]; c.isMargo() {
		return checkMargoTag(tag, c.Manifest.Annotations[AnnotationMargoVersion])
	}
	return nil
}

// checkMargoTag checks a tag of a component with a version, which is "" if unknown. A tag
// that is not a version is allowed, because Margo devices don't use it.
func checkMargoTag(tag, version string) error {
	if another, err := margo.VersionOf(tag); err == nil && version != "" && another != version {
		return &FormatError{MargoFormat, fmt.Sprintf("the tag %s is a version, and the version of the component is %s", tag, version)}
	}
	return nil
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
	annotations := maps.Clone(f.annotations)
	annotations[ocispec.AnnotationTitle] = f.component + "-" + f.tag + ".tar.gz"
	return []mutate.Addendum{{
		Layer:       static.NewLayer(content, MargoArchiveType),
		Annotations: annotations,
	}}, nil
}
