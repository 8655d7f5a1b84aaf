package compose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWork counts the work of loading a project and pinning it for four platforms: one parse per
// file that is read or written, one load to read the project, and one to verify.
func TestWork(t *testing.T) {
	t.Parallel()
	plain := []string{"compose.yaml", "services:\n  a: {image: 'nginx:${TAG:-1}', environment: {A: $A}, ports: ['80:80']}\n  b: {build: ., image: x}\n"}
	for name, test := range map[string]struct {
		files   []string
		others  []string
		inPlace bool
		loads   int
		parses  int
	}{
		"loose":    {files: plain, loads: 2, parses: 2},
		"in place": {files: plain, inPlace: true, loads: 2, parses: 2},
		"two files, loose": {
			files: append(plain, "b.yaml", "services: {a: {image: redis}}"), loads: 2, parses: 3,
		},
		"two files, one of them edited, and a pins file": {
			files: append(plain, "b.yaml", "services: {a: {image: redis}, b: {image: !reset null}}"), inPlace: true, loads: 2,
			// The loader reads a file with a tag that only it understands each time, and once
			// more with marks. The pins file is the last one.
			parses: 2 + 2 + 2 + 1,
		},
		"hooks and image volumes with variables": {
			files: []string{"compose.yaml", "services:\n  a:\n    image: nginx\n    environment: {A: $A}\n    volumes: [{type: image, source: 'data:$V', target: '${T:-/data}'}]\n" +
				"    pre_start:\n      - {image: init, command: ['$X', $$Y], init: true}\n"},
			loads: 2, parses: 3, // the loader reads !override in a pins file
		},
		"a hook with a variable instead of a number": {
			files: []string{"compose.yaml", "services: {a: {image: nginx, pre_start: [{image: init, cpus: '${CPUS:-1}'}]}}"},
			loads: 3, parses: 3,
		},
		"includes and extends": {
			files:  []string{"compose.yaml", "include: [i.yaml]\nservices:\n  a: {extends: {file: e.yaml, service: e}}\n"},
			others: []string{"i.yaml", "services: {i: {image: redis}}", "e.yaml", "services: {e: {image: nginx}}"},
			loads:  2, parses: 4,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := writeProject(t, append(test.files[:len(test.files):len(test.files)], test.others...)...)
			var c Counter
			ctx := WithCounter(t.Context(), &c)
			opts := Options{WorkDir: dir, Environ: []string{"V=1", "X=x"}}
			for i := 0; i < len(test.files); i += 2 {
				opts.Files = append(opts.Files, test.files[i])
			}
			p, err := Load(ctx, opts)
			require.NoError(t, err)
			require.Equal(t, 1, c.Loads())
			pinner, err := p.Pinner(ctx)
			require.NoError(t, err)
			made := map[string]bool{}
			for _, pins := range platforms(p, 4, test.inPlace) {
				files, err := pinner.Pin(ctx, pins)
				require.NoError(t, err)
				made[strings.Join(textOf(files), "\x00")] = true
			}
			require.Len(t, made, 4)
			require.Equal(t, test.loads, c.Loads(), "loads")
			require.Equal(t, test.parses, c.Parses(), "parses")
		})
	}
}

// TestWorkOfOpened counts the same for compositions from a registry.
func TestWorkOfOpened(t *testing.T) {
	t.Parallel()
	p := loadProject(t, writeProject(t, "compose.yaml", "services:\n  a: {image: nginx}\n  b: {image: redis}\n"), nil)
	for _, inPlace := range []bool{false, true} {
		files, err := p.Pin(t.Context(), pinAll(p, inPlace))
		require.NoError(t, err)
		var c Counter
		ctx := WithCounter(t.Context(), &c)
		opened, err := Open(ctx, files, nil)
		require.NoError(t, err)
		_, err = opened.Pin(ctx, platforms(opened, 1, true)[0])
		require.NoError(t, err)
		require.Equal(t, 2, c.Loads(), "loads")
		require.Equal(t, len(files)+1, c.Parses(), "parses")
	}
}

// platforms returns pins for several platforms.
func platforms(p *Project, count int, inPlace bool) []Pins {
	all := make([]Pins, count)
	for i := range all {
		all[i] = Pins{}
		for _, image := range p.Images {
			all[i][image.Path] = Pin{Ref: pinFor(Image{Ref: image.Ref, Platform: fmt.Sprint(i)}), InPlace: inPlace}
		}
	}
	return all
}
