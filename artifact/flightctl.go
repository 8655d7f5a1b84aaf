package artifact

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/filename"
	"github.com/ocompose/ocompose/internal/tarball"
)

// AnnotationAppType tells Flight Control what kind of application a package is. It reads
// it on layers.
//
// See https://github.com/flightctl/flightctl/blob/v1.4.0-main/docs/user/using/managing-devices.md#oci-artifact-packages.
const AnnotationAppType = "appType"

// FilesArchiveType is the media type of an archive of files for readers that unpack it. The
// files are layers, too.
const FilesArchiveType types.MediaType = "application/vnd.ocompose.files.tar+gzip"

// Names by which Flight Control finds Compose files, and the name of the archive, which it
// unpacks because of its end.
const (
	flightCtlBase     = "docker-compose.yaml"
	flightCtlOverride = "docker-compose.override.yaml"
	flightCtlArchive  = "files.tar.gz"
)

// flightCtlLayers are the layers of a composition that Flight Control reads as well. Podman,
// by which it reads them, writes each layer under its title, with the mode 0644 and in no
// subfolder. So what is to be in a subfolder or executable is in an archive, once more.
func flightCtlLayers(files []compose.File) ([]mutate.Addendum, error) {
	renamed, err := flightCtlFiles(files)
	if err != nil {
		return nil, err
	}
	layers := fileLayers(renamed, nil)
	var archived []tarball.File
	for i, file := range renamed {
		if needsArchive(file) {
			archived = append(archived, tarball.File{Name: file.Name, Content: file.Content, Executable: file.Executable})
			delete(layers[i].Annotations, ocispec.AnnotationTitle)
			layers[i].Annotations[AnnotationPath] = file.Name
		}
	}
	if len(archived) > 0 {
		content, err := tarball.Write("", archived)
		if err != nil {
			return nil, &FormatError{FlightCtlFormat, err.Error()}
		}
		layers = append(layers, mutate.Addendum{
			Layer:       static.NewLayer(content, FilesArchiveType),
			Annotations: map[string]string{ocispec.AnnotationTitle: flightCtlArchive},
		})
	}
	for i := range layers {
		layers[i].Annotations[AnnotationAppType] = composeKind
	}
	return layers, nil
}

// needsArchive tells whether Flight Control would not write a file as it is.
func needsArchive(file compose.File) bool {
	unpacked := slices.ContainsFunc([]string{".tar", ".tar.gz", ".tgz"}, func(end string) bool { return strings.HasSuffix(file.Name, end) })
	return unpacked || file.Executable || strings.Contains(file.Name, "/")
}

// flightCtlFiles gives the Compose files the names that Flight Control looks for. It errors
// for what Flight Control refuses.
func flightCtlFiles(files []compose.File) ([]compose.File, error) {
	renamed := slices.Clone(files)
	names := filename.NewSet()
	var merged []string
	var contents [2][]byte
	for i, file := range files {
		if file.Kind == compose.ComposeFile {
			renamed[i].Name = flightCtlBase
			if len(merged) > 0 {
				renamed[i].Name = flightCtlOverride
			}
			if len(merged) < len(contents) {
				contents[len(merged)] = file.Content
			}
			merged = append(merged, file.Name)
		}
	}
	if len(merged) > len(contents) {
		return nil, &FormatError{FlightCtlFormat, fmt.Sprintf("it has the Compose files %s, and Flight Control reads only two", strings.Join(merged, ", "))}
	}
	for _, file := range append(renamed, compose.File{Name: flightCtlArchive}) {
		if err := names.Add(file.Name); err != nil {
			return nil, &FormatError{FlightCtlFormat, err.Error()}
		}
	}
	if err := compose.CheckFlightControl(contents[0], contents[1]); err != nil {
		return nil, &FormatError{FlightCtlFormat, err.Error()}
	}
	return renamed, nil
}
