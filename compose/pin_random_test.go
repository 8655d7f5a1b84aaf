package compose

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPinRandomProjects pins random projects that use every way to refer to an image.
func TestPinRandomProjects(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "app")
	projects := 0
	for seed := range uint64(80) {
		files := randomProject(rand.New(rand.NewPCG(seed, 1)))
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			if requirePinnable(t, dir, files, uint8(seed)|uint8(seed>>8)) {
				projects++
			}
		})
		if !ok {
			t.Logf("the files of seed %d:\n%s", seed, strings.Join(files, "=====\n"))
		}
	}
	require.Greater(t, projects, 50, "most generated projects must be valid")
}

// FuzzPinRandom does the same with seeds from the fuzzer, for long runs.
func FuzzPinRandom(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "app")
	f.Add(uint64(1), uint8(255))
	f.Fuzz(func(t *testing.T, seed uint64, selection uint8) {
		requirePinnable(t, dir, randomProject(rand.New(rand.NewPCG(seed, 2))), selection)
	})
}

// A projectWriter writes a random -f file.
type projectWriter struct {
	*rand.Rand
	strings.Builder
	// scalars and mappings are the anchors that aliases can refer to.
	scalars, mappings []string
	anchors           int
	eol               string
}

func randomProject(r *rand.Rand) []string {
	var files []string
	for range 1 + r.IntN(3) {
		w := &projectWriter{Rand: r, eol: pick(r, "\n", "\n", "\n", "\r\n")}
		for document := range 1 + r.IntN(2) {
			if document > 0 {
				w.line(0, "---")
				w.scalars, w.mappings = nil, nil
			}
			w.document(len(files) > 0 || document > 0)
		}
		files = append(files, w.String())
	}
	return files
}

func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

func (w *projectWriter) line(indent int, format string, args ...any) {
	fmt.Fprintf(w, "%s%s", strings.Repeat("  ", indent), fmt.Sprintf(format, args...))
	w.WriteString(pick(w.Rand, "", "", "", " ", " # comment", "  # nginx") + w.eol)
}

func (w *projectWriter) anchor() string {
	w.anchors++
	return fmt.Sprintf("a%d", w.anchors)
}

// image returns an image value in a random style.
func (w *projectWriter) image() string {
	if len(w.scalars) > 0 && w.IntN(3) == 0 {
		return "*" + pick(w.Rand, w.scalars...) + pick(w.Rand, "", " ")
	}
	name := pick(w.Rand, "nginx", "nginx", "redis", "nginx:1.27", "r.example:5000/x/y", "${REG}/nginx:${TAG:-1}", "${X}", "nginx@sha256:aa")
	value := pick(w.Rand, name, "'"+name+"'", `"`+name+`"`)
	if strings.Contains(value, "{") && value == name {
		value = `"` + name + `"`
	}
	if w.IntN(4) == 0 {
		anchor := w.anchor()
		w.scalars = append(w.scalars, anchor)
		value = "&" + anchor + " " + value
	}
	if w.IntN(8) == 0 {
		value = "!!str " + value
	}
	return value
}

func (w *projectWriter) document(later bool) {
	for i := range w.IntN(3) {
		if w.IntN(2) == 0 {
			w.line(0, "x-s%d: %s", i, w.image())
			continue
		}
		anchor := w.anchor()
		w.line(0, "x-m%d: &%s", i, anchor)
		w.container(1, false)
		w.mappings = append(w.mappings, anchor)
	}
	w.line(0, "services:")
	for i := range 1 + w.IntN(4) {
		switch {
		case later && w.IntN(8) == 0:
			w.line(1, "s%d: !override", i)
		case w.IntN(4) == 0:
			anchor := w.anchor()
			w.line(1, "s%d: &%s", i, anchor)
			defer func() { w.mappings = append(w.mappings, anchor) }()
		default:
			w.line(1, "s%d:", i)
		}
		w.container(2, true)
		if i > 0 && w.IntN(5) == 0 {
			w.line(2, "extends: s%d", i-1)
		}
		if w.IntN(3) == 0 {
			w.list(2, later)
		}
	}
	if w.IntN(4) == 0 {
		w.line(0, "models: {m: {model: %s}}", w.image())
	}
}

// container writes attributes of a service.
func (w *projectWriter) container(indent int, service bool) {
	if len(w.mappings) > 0 && w.IntN(3) == 0 {
		merged := "*" + pick(w.Rand, w.mappings...)
		if w.IntN(2) == 0 {
			merged = "[" + merged + ", *" + pick(w.Rand, w.mappings...) + "]"
		}
		w.line(indent, "<<: %s", merged)
	}
	if w.IntN(4) > 0 {
		switch w.IntN(6) {
		case 0:
			w.line(indent, "image: %s", pick(w.Rand, ">-", "|-", ">", "|2-")+w.eol+strings.Repeat(" ", 2*indent+2)+"nginx")
		case 1:
			w.line(indent, "image:%s%s%s", w.eol, strings.Repeat("  ", indent+2), w.image())
		default:
			w.line(indent, "image: %s", w.image())
		}
	}
	if w.IntN(4) == 0 {
		w.line(indent, "platform: %s", pick(w.Rand, "linux/amd64", "linux/arm64"))
	}
	if w.IntN(6) == 0 {
		w.line(indent, "labels: {image: %s, source: nginx}", w.image())
	}
	if w.IntN(6) == 0 {
		w.line(indent, "x-own: {image: %s}", w.image())
	}
	if service && w.IntN(6) == 0 {
		w.line(indent, "command: [%s]", w.image())
	}
	w.line(indent, "init: true")
}

// list writes hooks or mounts.
func (w *projectWriter) list(indent int, later bool) {
	tag := ""
	if later {
		tag = pick(w.Rand, "", "", "", " !override", " !reset")
	}
	if w.IntN(2) == 0 {
		w.line(indent, "pre_start:%s", tag)
		for range 1 + w.IntN(3) {
			w.line(indent, "  - {image: %s, command: [%s]}", w.image(), pick(w.Rand, "a", "b", "$X", "\"$$X\""))
		}
		return
	}
	w.line(indent, "volumes:%s", tag)
	for i := range 1 + w.IntN(3) {
		w.line(indent, "  - {type: %s, source: %s, target: /%s}", pick(w.Rand, "image", "image", "bind"), w.image(), pick(w.Rand, fmt.Sprint(i), `"$TAG"`, "x/"))
	}
}
