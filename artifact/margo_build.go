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

// Media types and annotations of Margo's Compose components.
//
// See https://github.com/margo/specification/blob/4f481c1767ab368afa8ffcd26f784a3fe926bcfb/system-design/specification/applications/application-registry.md#compose-component-registry.
const (
	// MargoType is the artifactType.
	MargoType = "application/vnd.org.margo.component.compose+json"
	// MargoArchiveType is the media type of the only layer.
	MargoArchiveType types.MediaType = "application/vnd.org.margo.component.compose.tar+gzip"
	// AnnotationMargoType tells that a component is for Compose, and AnnotationMargoVersion
	// which version it is. Both are required on the layer.
	AnnotationMargoType    = "org.margo.component.type"
	AnnotationMargoVersion = "org.margo.component.version"
)

// margoAnnotations are those of the manifest of a component, with the given ones.
func margoAnnotations(given map[string]string, component, version string) map[string]string {
	all := map[string]string{ocispec.AnnotationTitle: component, ocispec.AnnotationVersion: version}
	maps.Copy(all, given)
	all[AnnotationMargoType], all[AnnotationMargoVersion] = composeKind, version
	return all
}

// CheckTag returns a [FormatError] for a tag that the package must not have: a version that
// is not the version of the component that it is for Margo. Its devices look for a version
// under the tag of that name.
func (p *Package) CheckTag(tag string) error {
	if c := p.Compositions[0]; c.isMargo() {
		return checkMargoTag(tag, c.Manifest.Annotations[AnnotationMargoVersion])
	}
	return nil
}

// checkMargoTag checks a tag of a component of a version; "" if that is not known. A tag that
// is no version is for others.
func checkMargoTag(tag, version string) error {
	if another, err := margo.VersionOf(tag); err == nil && version != "" && another != version {
		return &FormatError{MargoFormat, fmt.Sprintf("the tag %s is a version, and the version of the component is %s", tag, version)}
	}
	return nil
}

// margoLayer is the archive of a composition's files, all pins of which are in its only
// Compose file.
func (f compositionForm) margoLayer(files []compose.File) ([]mutate.Addendum, error) {
	if err := filename.Check(f.component); err != nil {
		return nil, &FormatError{MargoFormat, err.Error()}
	}
	var all []margo.File
	for i, file := range files {
		if i > 0 && file.Kind == compose.ComposeFile {
			return nil, &FormatError{MargoFormat, fmt.Sprintf("the pins need a second Compose file, %s, and there can be only one", file.Name)}
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
