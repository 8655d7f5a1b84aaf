package compose

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// overrideExamples are projects and, last, the bytes of their pins files. <REF> is the pin of
// that image.
var overrideExamples = []pinExample{
	{
		name:  "services, jobs and models are sorted",
		files: []string{"compose.yaml", "services:\n  b: {image: b, models: [m]}\n  a: {build: .}\n  a10: {image: a}\n  a2: {image: a}\nmodels:\n  m: {model: ai/m}\njobs:\n  j: {image: j, triggers: {manual: true}}\n"},
		want: []string{`jobs:
  j:
    image: <j>
models:
  m:
    model: <ai/m>
services:
  a:
    image: <>
  a10:
    image: <a>
  a2:
    image: <a>
  b:
    image: <b>
`},
	},
	{
		name:  "pull policies that prevent pulling",
		files: []string{"compose.yaml", "services:\n  a: {image: a, pull_policy: never}\n  b: {build: ., pull_policy: build}\n  c: {image: c, pull_policy: always}\n  d: {provider: {type: p}, pull_policy: never}\n"},
		want: []string{`services:
  a:
    image: <a>
    pull_policy: missing
  b:
    image: <>
    pull_policy: missing
  c:
    image: <c>
`},
	},
	{
		name:  "nothing to pin",
		files: []string{"compose.yaml", "volumes:\n  v: {}\n"},
	},
	{
		name: "an image volume keeps its other attributes and its variables",
		files: []string{"compose.yaml", `services:
  a:
    image: a
    volumes:
      - ./x:/x
      - type: image
        source: data:${TAG:-1}
        target: /data/
        read_only: ${RO:-true}
        image:
          subpath: $SUBPATH
      - {type: image, source: other, target: /other}
`},
		want: []string{`services:
  a:
    image: <a>
    volumes:
      - image:
          subpath: $SUBPATH
        read_only: ${RO:-true}
        source: <data:1>
        target: /data/
        type: image
      - source: <other>
        target: /other
        type: image
`},
	},
	{
		name: "hooks are repeated with their variables as written",
		env:  "MISSING=1",
		files: []string{"compose.yaml", `services:
  a:
    image: a
    pre_start:
      - command: ["echo", "$$HOME", "${MISSING:?needed}"]
        environment: [A=$A]
      - image: init:${TAG:-1}
        cpus: 1.0
        environment: {B: "yes", C: 012, D: "0x1"}
        volumes:
          - ./x:/x
          - {type: image, source: data, target: "${TARGET:-/data}"}
`},
		want: []string{`services:
  a:
    image: <a>
    pre_start: !override
      - command:
          - echo
          - $$HOME
          - ${MISSING:?needed}
        environment:
          - A=$A
      - cpus: 1.0
        environment:
          B: "yes"
          C: 10
          D: "0x1"
        image: <init:1>
        volumes:
          - bind:
              create_host_path: true
            source: ./x
            target: /x
            type: bind
          - source: <data>
            target: ${TARGET:-/data}
            type: image
`},
	},
	{
		name: "the mounts of a job are appended by a merge, so they are repeated",
		files: []string{"compose.yaml", `jobs:
  j:
    image: j
    triggers: {manual: true}
    volumes:
      - vol:/v
      - {type: image, source: data, target: /data}
volumes:
  vol: {}
`},
		want: []string{`jobs:
  j:
    image: <j>
    volumes: !override
      - source: vol
        target: /v
        type: volume
        volume: {}
      - source: <data>
        target: /data
        type: image
`},
	},
	{
		name: "hooks of several files are one list",
		files: []string{"a.yaml", "services:\n  a:\n    image: a\n    pre_start:\n      - {image: x}\n      - {image: y}\n", "b.yaml",
			"services:\n  a:\n    pre_start:\n      - {image: y}\n      - {image: z, command: [\"$HOME\"]}\n"},
		want: []string{`services:
  a:
    image: <a>
    pre_start: !override
      - image: <x>
      - image: <y>
      - command:
          - $HOME
        image: <z>
`},
	},
	{
		name: "hooks that are equal only after interpolation",
		files: []string{"a.yaml", "services:\n  a:\n    image: a\n    pre_start:\n      - {image: \"${X:-x}\", command: [\"$$HOME\"]}\n", "b.yaml",
			"services:\n  a:\n    pre_start:\n      - {image: x, command: [\"$$HOME\"]}\n"},
		want: []string{`services:
  a:
    image: <a>
    pre_start: !override
      - command:
          - $$HOME
        image: <x>
`},
	},
	{
		name: "variables of an included file with its own environment",
		env:  "OWN=project",
		files: []string{"compose.yaml", "include:\n  - {path: more.yaml, env_file: own.env}\n", "--",
			"own.env", "OTHER=included\n", "more.yaml", `services:
  a:
    image: a
    volumes:
      - {type: image, source: data, target: "/${OTHER}", image: {subpath: "$OWN$$"}}
    pre_start:
      - {image: x, command: ["$OTHER", "$OWN", "$$NO"]}
`},
		want: []string{`services:
  a:
    image: <a>
    pre_start: !override
      - command:
          - included
          - $OWN
          - $$NO
        image: <x>
    volumes:
      - image:
          subpath: $OWN$$
        source: <data>
        target: /included
        type: image
`},
	},
	{
		name:  "names that YAML would parse as another type",
		files: []string{"compose.yaml", "services:\n  \"on\": {image: a}\n  \"1\": {image: a}\n  \"null\": {image: a}\n  a.b: {image: a}\n"},
		want: []string{`services:
  "1":
    image: <a>
  a.b:
    image: <a>
  "null":
    image: <a>
  "on":
    image: <a>
`},
	},
}

func TestPinsFile(t *testing.T) {
	t.Parallel()
	for _, test := range overrideExamples {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, names := test.layout(t)
			p := loadProject(t, dir, names, strings.Fields(test.env)...)
			files, err := p.Pin(context.Background(), pinAll(p, false))
			require.NoError(t, err)
			require.Equal(t, p.Files, files[:len(p.Files)])
			got := ""
			for _, file := range files[len(p.Files) : len(files)-len(p.Carried)] {
				require.Equal(t, PinsFile, file.Name)
				got += string(file.Content)
			}
			for _, image := range p.Images {
				got = strings.ReplaceAll(got, pinFor(image), fmt.Sprintf("<%s>", image.Ref))
			}
			require.Equal(t, strings.Join(test.want, ""), got)
		})
	}
}

func TestPinsFileKeepsVariablesWithoutValue(t *testing.T) {
	t.Parallel()
	dir := writeProject(t, "compose.yaml", `services:
  a:
    image: a
    x-r: &r {image: a, cpus: "${CPUS:?how many}", init: "$INIT"}
    pre_start: [*r]
`)
	p := loadProject(t, dir, nil)
	files, err := p.Pin(context.Background(), pinAll(p, false))
	require.NoError(t, err)
	require.Contains(t, string(files[1].Content), "cpus: ${CPUS:?how many}\n")
	require.Contains(t, string(files[1].Content), "init: $INIT\n")
}

func TestPinRewritesThePinsFile(t *testing.T) {
	t.Parallel()
	p, err := Open(t.Context(), []File{
		{Name: "compose.yaml", Content: []byte("services:\n  a: {image: nginx}\n  b: {build: .}\n")},
		{Name: PinsFile, Content: []byte("services:\n  a: {image: old}\n  b: {image: old}\n")},
	}, nil)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"services.a.image": "old", "services.b.image": "old"}, refs(p))
	files, err := p.Pin(t.Context(), Pins{"services.a.image": {Ref: "x@sha256:00", InPlace: true}, "services.b.image": {Ref: "y@sha256:00"}})
	require.NoError(t, err)
	require.Equal(t, []File{
		{Name: "compose.yaml", Content: []byte("services:\n  a: {image: x@sha256:00}\n  b: {build: .}\n")},
		{Name: PinsFile, Content: []byte("services:\n  b:\n    image: y@sha256:00\n")},
	}, files)
}

// TestPinKeepsAnotherFileWithThatName opens compositions with a file that has the name of the pins
// file but more content.
func TestPinKeepsAnotherFileWithThatName(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"a key":             "services:\n  a: {image: redis, init: true}\n",
		"a variable":        "services:\n  a: {image: redis}\nx-a: $A\n",
		"a service":         "services:\n  b: {image: redis}\n",
		"a reset":           "services:\n  a: {image: redis, build: !reset null}\n",
		"a second document": "services:\n  a: {image: redis}\n---\nservices:\n  a: {init: true}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Open(t.Context(), []File{
				{Name: "compose.yaml", Content: []byte("services:\n  a: {image: nginx, build: .}\n")},
				{Name: PinsFile, Content: []byte(content)},
			}, nil)
			require.NoError(t, err)
			files, err := p.Pin(t.Context(), pinAll(p, false))
			require.NoError(t, err)
			require.Len(t, files, 3)
			require.Equal(t, File{Name: "compose." + PinsFile, Content: []byte(content)}, files[1])
			require.Equal(t, PinsFile, files[2].Name)
			again, err := Open(t.Context(), files, nil)
			require.NoError(t, err)
			for _, image := range again.Images {
				require.Equal(t, pinFor(Image{Ref: refs(p)[image.Path]}), image.Ref)
			}
		})
	}
}

func TestPinRejectsUnknownPlaces(t *testing.T) {
	t.Parallel()
	dir := writeProject(t, "compose.yaml", "services:\n  a: {image: nginx}\n")
	p := *loadProject(t, dir, nil)
	p.Images = append(p.Images, Image{Path: "services.a.volumes./data.source"})
	_, err := p.Pin(context.Background(), pinAll(&p, false))
	require.EqualError(t, err, `pinning the images: the project has no place "services.a.volumes./data.source"`)
}
