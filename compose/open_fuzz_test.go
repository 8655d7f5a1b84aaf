package compose

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzOpen reads hostile compositions of up to four files: no content from outside gets into the
// project, a pins file is read like any other file, and Open neither panics nor hangs.
func FuzzOpen(f *testing.F) {
	outside := f.TempDir()
	secret := filepath.Join(outside, "s.yaml")
	require.NoError(f, os.WriteFile(secret, []byte("services: {s: {image: hidden}}\n"), 0o600))
	require.NoError(f, os.WriteFile(filepath.Join(outside, ".env"), []byte("S=hidden\n"), 0o600))
	for _, seed := range []string{
		"services: {a: {image: 'a:${S}'}}",
		"include: [b.yaml]\x00services: {b: {image: b}}",
		"include: [{path: c/c.yaml, env_file: " + outside + "/.env}]\x00\x00services: {b: {image: 'b:${S}'}}",
		"include: [{path: b.yaml, project_directory: ../..}]\x00include: [../../" + secret + "]",
		"services: {a: {extends: {file: " + secret + ", service: s}}}",
		"services: {a: {extends: {file: b.yaml, service: s}}}\x00services: {s: {extends: {file: " + secret + ", service: s}}}",
		"x-a: &a [b.yaml]\ninclude: *a\x00x-b: &b\n  <<: *b\n",
		"services: {a: {image: !reset x, volumes: [a:b], ports: ['$P:1']}}\x00\x00\x00services: !override {b: {}}",
		"x: \"\\uE000\\uE0010\\uE002\"\ninclude: [\uE002b.yaml]\nservices: {a: {image: '\uF8F499\uF8F5', command: [\uE0030\uE003]}}\x00services: {b: {image: \uF8F4}}",
	} {
		f.Add([]byte(seed))
	}
	projects := readCorpus(f)
	for _, project := range projects {
		content, err := os.ReadFile(filepath.Join(project.Dir, "compose.yaml"))
		if err == nil {
			f.Add(content)
		}
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 1<<14 || bytes.Contains(input, []byte("hidden")) {
			return
		}
		parts := bytes.SplitN(input, []byte{0}, 4)
		files := []File{{Name: "compose.yaml", Content: parts[0]}}
		if n := len(parts[0]); n%3 == 1 {
			// The same file, for clients that read it from a registry.
			files = append(files, File{Name: "registry-files.yaml", Kind: RegistryFile, Content: parts[0]})
		}
		for i, name := range []string{"b.yaml", "c/c.yaml"} {
			if i+1 < len(parts) {
				file := File{Name: name, Kind: RestoredFile, Content: parts[i+1]}
				if len(parts[i+1])%3 == 1 {
					file.RestoredAs = "restored-" + filepath.Base(name)
				}
				files = append(files, file)
			}
		}
		if len(parts) == 4 {
			files = append(files, File{Name: PinsFile, Content: parts[3]})
		}
		p, err := Open(t.Context(), files, nil)
		if err != nil {
			require.NotContains(t, err.Error(), "hidden")
			require.NotEmpty(t, Errors(err), "%v", err)
			return
		}
		for _, image := range p.Images {
			require.NotContains(t, image.Ref, "hidden")
		}
		if len(parts) == 4 {
			files[len(files)-1].Name = "not-" + PinsFile
			other, err := Open(t.Context(), files, nil)
			require.NoError(t, err)
			require.Equal(t, refs(other), refs(p))
			require.Equal(t, other.Services, p.Services)
		}
		require.NotContains(t, strings.Join(p.Services, " "), "hidden")
	})
}
