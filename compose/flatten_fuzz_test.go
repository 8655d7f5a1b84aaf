package compose

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/source"
)

// FuzzFlatten flattens every input that is a Compose project, with any value of its variables: it
// does not panic, its errors have a reason, and the flattened file has the same images.
func FuzzFlatten(f *testing.F) {
	for _, seed := range []string{
		"services: {a: {image: 'a:$X', volumes: ['$X:/x', '${Y:-~}/y:/y', ./z:/z], ports: ['$P:80'], ulimits: {n: $X}}}",
		"services: {a: {build: ., image: '${X:-${Y}}', command: [~, '$$X', '${X?}']}}\n---\nservices: {a: {image: !reset null}}",
		"services: {a: {image: \uF8F499\uF8F5, command: [\"\\uE000\\uE001\", \uE0020\uE003$X], environment: {\uF8F6: \uF8F7}}}",
	} {
		f.Add([]byte(seed), "x")
		f.Add([]byte(seed), "\uF8F40\uF8F5\xee\x80")
	}
	for _, p := range loadCorpus(f) {
		f.Add(p.Files[0].Content, "1")
	}
	dir := filepath.Join(f.TempDir(), "app")
	f.Fuzz(func(t *testing.T, input []byte, value string) {
		if len(input) > 1<<14 || readsFiles(input) {
			return
		}
		src := &source.Source{Dir: dir, Env: map[string]string{"X": value}}
		if src.Add(source.File{Path: filepath.Join(dir, "compose.yaml"), Content: input}) != nil {
			return
		}
		images := map[string]string{}
		for _, flat := range []bool{false, true} {
			l, err := readProject(t.Context(), Options{AllowSecrets: true, Flatten: flat, WithEnv: true}, src)
			if err != nil {
				require.NotEmpty(t, Errors(public(err)), "%v", err)
				return
			}
			p := l.project()
			if err := l.fill(t.Context(), p); err != nil {
				require.NotEmpty(t, Errors(public(err)), "%v", err)
				return
			}
			b, err := p.basis(t.Context())
			require.NoError(t, err)
			found := map[string]string{}
			for image := range place.Images(b.model.Tree, b.in.Marks.Unset) {
				found[image.Path] = b.in.Marks.Unset.Show(image.Ref)
			}
			if flat {
				require.Equal(t, images, found)
			}
			images = found
		}
	})
}
