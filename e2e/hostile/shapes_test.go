//go:build unix

package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

const (
	compositionType = "application/vnd.docker.compose.project"
	composeFile     = "application/vnd.docker.compose.file+yaml"
	extraFile       = "application/vnd.ocompose.file"
	title           = "org.opencontainers.image.title"
	manifestType    = string(types.OCIManifestSchema1)
	indexType       = string(types.OCIImageIndex)

	// maxManifest is the maximum size that registries accept, in bytes.
	maxManifest = 4 << 20
)

// encode returns JSON in the form that this program writes.
func encode(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return raw
}

// repeat joins as many elements as fit into a manifest of a size, between two texts.
func repeat(before, after string, size int, element func(int) string) []byte {
	var b bytes.Buffer
	b.WriteString(before)
	for i := 0; ; i++ {
		next := element(i)
		if b.Len()+len(next)+len(after)+1 > size {
			break
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(next)
	}
	b.WriteString(after)
	return b.Bytes()
}

// same returns an element to repeat.
func same(element string) func(int) string { return func(int) string { return element } }

// innocent is the content of a valid project file.
const innocent = "services:\n  web: {image: 'localhost:1/web'}\n"

// composition puts a valid composition under a tag and returns its manifest.
func (e *evil) composition(t testing.TB, repo, tag string, files ...string) []byte {
	t.Helper()
	m := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: compositionType, Config: e.blob("{}")}
	m.Config.MediaType = "application/vnd.oci.empty.v1+json"
	for i, file := range files {
		d := e.blob(file)
		d.MediaType = composeFile
		d.Annotations = map[string]string{title: fmt.Sprintf("compose%d.yaml", i)}
		m.Layers = append(m.Layers, d)
	}
	raw := encode(t, m)
	e.put(repo, tag, manifestType, raw)
	return raw
}

// image puts a valid image under a tag and returns its manifest.
func (e *evil) image(t testing.TB, repo, tag string, layers ...string) []byte {
	t.Helper()
	config := e.blob(`{"os":"linux","architecture":"amd64","rootfs":{"type":"layers"}}`)
	config.MediaType = types.OCIConfigJSON
	m := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: config, Layers: []v1.Descriptor{}}
	for _, layer := range layers {
		d := e.blob(layer)
		d.MediaType = types.OCILayer
		m.Layers = append(m.Layers, d)
	}
	raw := encode(t, m)
	e.put(repo, tag, manifestType, raw)
	return raw
}

// manifestOf returns the beginning of a composition's manifest.
func manifestOf(artifactType string) string {
	return fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"artifactType":%q,"config":{"mediaType":"application/vnd.oci.empty.v1+json","size":2,"digest":%q},"layers":[`,
		manifestType, artifactType, digestOf([]byte("{}")))
}

// indexOf returns the beginning of an index of compositions, or of an image if artifactType is
// empty.
func indexOf(artifactType string) string {
	if artifactType == "" {
		return fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"manifests":[`, indexType)
	}
	return fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"artifactType":%q,"manifests":[`, indexType, artifactType)
}

// layer returns the descriptor of a file as text.
func layer(name string, d string, size int) string {
	return fmt.Sprintf(`{"mediaType":%q,"size":%d,"digest":%q,"annotations":{%q:%q}}`, extraFile, size, d, title, name)
}

// entry returns the descriptor of a manifest in an index as text.
func entry(d v1.Descriptor, more string) string {
	return fmt.Sprintf(`{"mediaType":%q,"size":%d,"digest":%q%s}`, d.MediaType, d.Size, d.Digest, more)
}

// list joins entries.
func list(entries ...string) string { return strings.Join(entries, ",") }

const (
	asComposition = `,"artifactType":"` + compositionType + `"`
	onLinux       = `,"platform":{"os":"linux","architecture":"amd64"}`
)

// numbered returns a manifest of a size from a common beginning. Each number gives another
// manifest.
func numbered(begin []byte, n int) []byte {
	return fmt.Appendf(bytes.Clone(begin), `],"annotations":{"n":"%03d"}}`, n)
}

// endOf is the size of what numbered adds.
const endOf = len(`],"annotations":{"n":"000"}}`)

// big returns the beginning of a composition of a size.
func big(size int) []byte {
	return repeat(manifestOf(compositionType), "", size-endOf, func(i int) string {
		return layer(fmt.Sprintf("f%d", i), number(i), 10)
	})
}

// bigImage returns the beginning of an image's manifest of a size.
func bigImage(size int) []byte {
	begin := fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":2,"digest":%q},"layers":[`, manifestType, digestOf([]byte("{}")))
	return repeat(begin, "", size-endOf, func(i int) string {
		return fmt.Sprintf(`{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":1,"digest":%q}`, number(i))
	})
}
