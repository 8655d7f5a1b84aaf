package artifact

import (
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/limits"
)

// fileLayer describes a layer whose content is its title.
func fileLayer(mediaType types.MediaType, annotations ...string) v1.Descriptor {
	d := v1.Descriptor{MediaType: mediaType, Digest: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}, Annotations: map[string]string{}}
	for i := 0; i < len(annotations); i += 2 {
		d.Annotations[annotations[i]] = annotations[i+1]
	}
	return d
}

const titleKey = "org.opencontainers.image.title"

func TestLayers(t *testing.T) {
	for _, test := range []struct {
		name    string
		layers  []v1.Descriptor
		want    []string // kind and name
		problem string
	}{
		{"titled", []v1.Descriptor{
			fileLayer(ComposeFileType, titleKey, "deploy/compose.prod.yaml", AnnotationFile, "compose.prod.yaml"),
			fileLayer(RestoredFileType, titleKey, "app.env", AnnotationEnvFile, "app.env"),
			fileLayer(ExtraFileType, titleKey, "conf/nginx.conf"),
		}, []string{"compose deploy/compose.prod.yaml", "restored app.env", "extra conf/nginx.conf"}, ""},
		{"with another name for Docker Compose", []v1.Descriptor{
			fileLayer(ComposeFileType, titleKey, "compose.yaml"),
			fileLayer(ComposeFileType, titleKey, "registry-files.yaml", AnnotationFile, "registry-files.yaml", AnnotationUse, UseRegistry),
			fileLayer(RestoredFileType, titleKey, "conf/a", AnnotationEnvFile, "conf-a"),
			fileLayer(RestoredFileType, titleKey, "conf/b", AnnotationEnvFile, "../b"),
			fileLayer(RestoredFileType, titleKey, "conf/c", AnnotationEnvFile, "x/c"),
			fileLayer(RestoredFileType, titleKey, "conf/d", AnnotationEnvFile, ".."),
			fileLayer(RestoredFileType, titleKey, "conf/e", AnnotationEnvFile, "C:e"),
		}, []string{"compose compose.yaml", "registry registry-files.yaml", "restored conf/a as conf-a", "restored conf/b", "restored conf/c", "restored conf/d", "restored conf/e"}, ""},
		{"white space around a title", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, " a.conf\n")}, []string{"extra a.conf"}, ""},
		{"two files with the same title, which Docker Compose never publishes", []v1.Descriptor{
			fileLayer(ComposeFileType, titleKey, "compose.yaml"), fileLayer(ComposeFileType, titleKey, "compose.yaml"),
		}, nil, `two files are called "compose.yaml"`},
		{"too many", slices.Repeat([]v1.Descriptor{fileLayer("application/x-other")}, limits.CompositionFiles+1), nil, "layers"},
		{"by docker compose publish", []v1.Descriptor{
			fileLayer(ComposeFileType, AnnotationFile, "compose.yaml"),
			fileLayer(ComposeFileType, AnnotationFile, "compose.yaml"),
			fileLayer(ComposeFileType, AnnotationFile, "3f.yaml", AnnotationExtends, "true"),
			fileLayer(RestoredFileType, AnnotationEnvFile, "77.env"),
			fileLayer(ComposeFileType, AnnotationFile, "image-digests.yaml"),
		}, []string{"compose compose.yaml", "compose compose.1.yaml", "restored 3f.yaml", "restored 77.env", "compose image-digests.yaml"}, ""},
		{"nameless", []v1.Descriptor{fileLayer(ComposeFileType), fileLayer(ComposeFileType)}, []string{"compose compose.yaml", "compose compose.1.yaml"}, ""},
		{"layers of other media types are not files", []v1.Descriptor{fileLayer(ComposeFileType), fileLayer("application/x-other", titleKey, "../x")}, []string{"compose compose.yaml"}, ""},
		{"parent folder", []v1.Descriptor{fileLayer(ComposeFileType, titleKey, "../compose.yaml")}, nil, "points outside its folder"},
		{"parent folder within the path", []v1.Descriptor{fileLayer(ComposeFileType, titleKey, "a/../../compose.yaml")}, nil, "points outside its folder"},
		{"absolute", []v1.Descriptor{fileLayer(RestoredFileType, AnnotationEnvFile, "/etc/passwd")}, nil, "points outside its folder"},
		{"backslashes", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, `..\x`)}, nil, "no file name of a composition may have"},
		{"drive", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "C:x")}, nil, "no file name of a composition may have"},
		{"control characters", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a\x1b[2Jb")}, nil, "no file name of a composition may have"},
		{"no name", []v1.Descriptor{fileLayer(ExtraFileType)}, nil, "the file name is empty"},
		{"duplicate name", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a"), fileLayer(RestoredFileType, AnnotationEnvFile, "a")}, nil, `two files are called "a"`},
		{"a file and its folder", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "x/y"), fileLayer(ExtraFileType, titleKey, "x")}, nil, `"x" is a file, and "x" the folder`},
		{"a folder and its file", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "x"), fileLayer(ExtraFileType, titleKey, "x/y/z")}, nil, `"x" is a file, and the folder of the file "x/y/z"`},
		{"case", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "Readme"), fileLayer(ExtraFileType, titleKey, "README")}, nil, "differ only in case"},
		{"case of a folder", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "conf/a"), fileLayer(ExtraFileType, titleKey, "Conf/b")}, nil, "differ only in case"},
		{"case of a file and its folder", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "X/y"), fileLayer(ExtraFileType, titleKey, "x")}, nil, "the folder of another file"},
		{"case beyond ASCII", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "straße"), fileLayer(ExtraFileType, titleKey, "STRASSE")}, nil, "differ only in case"},
		{"Unicode forms", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "caf\u00e9"), fileLayer(ExtraFileType, titleKey, "cafe\u0301")}, nil, "differ only in case"},
		{"not UTF-8", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a\xffb")}, nil, "no file name of a composition may have"},
		{"device", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a/nul.tar.gz")}, nil, "a device on Windows"},
		{"device with a superscript", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "COM¹")}, nil, "a device on Windows"},
		{"device folder", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "con/x")}, nil, "a device on Windows"},
		{"no device", []v1.Descriptor{fileLayer(ComposeFileType), fileLayer(ExtraFileType, titleKey, "console/null/com10/aux1")}, []string{"compose compose.yaml", "extra console/null/com10/aux1"}, ""},
		{"trailing dot", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a./b")}, nil, "ends with a dot or a space"},
		{"trailing space", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a /b")}, nil, "ends with a dot or a space"},
		{"staging folder", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, ".Ocompose-x/b")}, nil, "reserved"},
		{"Git's folder", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "a/.git/hooks/post-checkout")}, nil, "Git's own folder"},
		{"Git's folder in another case", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, ".GiT/config")}, nil, "Git's own folder"},
		{"Git's folder as a file", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "sub/.git")}, nil, "Git's own folder"},
		{"Git's folder with ignored characters", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, ".g\u200cit/config")}, nil, "Git's own folder"},
		{"Git's folder by its short name", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, "GIT~1/config")}, nil, "Git's own folder"},
		{"not Git's folder", []v1.Descriptor{fileLayer(ComposeFileType), fileLayer(ExtraFileType, titleKey, ".github/git/.gitignore")}, []string{"compose compose.yaml", "extra .github/git/.gitignore"}, ""},
		{"long part", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, strings.Repeat("a", 256))}, nil, "too long"},
		{"deep", []v1.Descriptor{fileLayer(ExtraFileType, titleKey, strings.Repeat("a/", 100)+"b")}, nil, "too long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			layers, err := Composition{Manifest: &v1.Manifest{Layers: test.layers}}.Layers()
			if test.problem != "" {
				require.ErrorContains(t, err, test.problem)
				return
			}
			require.NoError(t, err)
			var got []string
			for _, l := range layers {
				name := kindName(l.File.Kind) + " " + l.File.Name
				if l.File.RestoredAs != "" {
					name += " as " + l.File.RestoredAs
				}
				got = append(got, name)
			}
			require.Equal(t, test.want, got)
		})
	}
}

func kindName(kind compose.Kind) string {
	return map[compose.Kind]string{compose.ComposeFile: "compose", compose.RestoredFile: "restored", compose.ExtraFile: "extra", compose.RegistryFile: "registry"}[kind]
}

// TestExecutableAcceptsOnlyTrue: no value other than "true" makes a file executable.
func TestExecutableAcceptsOnlyTrue(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "false": false, "1": false, "": false} {
		file, ok := layerFile(0, fileLayer(ExtraFileType, titleKey, "run.sh", AnnotationExecutable, value))
		require.True(t, ok)
		require.Equal(t, want, file.Executable, "%q", value)
	}
}
