package compose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEmptiedImages: an unset variable in an image is empty if Docker Compose accepts the
// resulting reference, and a warning says so.
func TestEmptiedImages(t *testing.T) {
	t.Parallel()
	for image, want := range map[string]string{
		"${REG}nginx": "nginx", "nginx${SUFFIX}:1": "nginx:1", "nginx:1${V}": "nginx:1", "${A}r.example/x/${B}web": "r.example/x/web",
		"$IMAGE": "", "nginx:$TAG": "", "${REG}/nginx": "", "x/${NAME}:1": "", "web-${ENV}:1": "", "nginx:1.${MINOR}": "", "${REG:?}nginx": "", "host:${PORT}/web": "",
	} {
		dir := writeFiles(t, map[string]string{"compose.yaml": "services:\n  web:\n    image: '" + image + "'\n"})
		p, err := Load(t.Context(), Options{WorkDir: dir})
		if want == "" {
			require.ErrorContains(t, err, "which is not set and has no default", image)
			continue
		}
		require.NoError(t, err, image)
		require.Equal(t, map[string]string{"web": want}, imageRefs(p))
		require.Len(t, p.Warnings, 1)
		require.Contains(t, p.Warnings[0], "is "+want+", because ")
		for _, inPlace := range []bool{false, true} {
			ref := want + "@sha256:" + strings.Repeat("a", 64)
			files, err := p.Pin(t.Context(), Pins{"services.web.image": {Ref: ref, InPlace: inPlace}})
			require.NoError(t, err, image)
			require.Contains(t, string(files[len(files)-1].Content), ref)
		}
	}
}

// TestFlattenKeepsNamesWithVariables: lists that the loader turns into mappings stay lists if a
// name has a variable, because variables in keys are not replaced.
func TestFlattenKeepsNamesWithVariables(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    build: {context: ../nowhere, dockerfile: $DF}\n" +
		"    depends_on: ['${DB:-db}', cache]\n    networks: ['${NET:-front}']\n    environment: [COMPOSE_PROJECT_NAME, '${NAME:-A}=b', 'C=d']\n" +
		"  db: {image: b}\n  cache: {image: c}\nnetworks: {front: {}}\n"})
	p, err := Load(t.Context(), Options{WorkDir: dir, Flatten: true})
	require.NoError(t, err)
	got := string(p.Files[0].Content)
	for _, want := range []string{"- ${DB:-db}\n", "- cache\n", "- ${NET:-front}\n", "- ${NAME:-A}=b\n", "- C=d\n"} {
		require.Contains(t, got, want)
	}
	require.Regexp(t, `COMPOSE_PROJECT_NAME\n`, got)
	require.NotContains(t, got, "COMPOSE_PROJECT_NAME=")
}
