package compose

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A pinExample is a project with its files pinned in place.
type pinExample struct {
	name string
	// files are the names and contents of the -f files and, after "--", of other files.
	files []string
	env   string
	// want are the contents of the -f files, then of the pins file if there is one.
	want []string
}

// layout writes the example to a folder and returns it with its -f files.
func (e pinExample) layout(t testing.TB) (dir string, names []string) {
	files, others := e.files, []string(nil)
	if at := slices.Index(files, "--"); at >= 0 {
		files, others = files[:at], files[at+1:]
	}
	for i := 0; i < len(files); i += 2 {
		names = append(names, files[i])
	}
	return writeProject(t, slices.Concat(files, others)...), names
}

// extendsItself is the name of an example whose file on disk is not edited, so that a service
// that extends it needs the pins file. In a registry there is only the edited file.
const extendsItself = "extends of the file itself by name"

// pinExamples are the constructs that refer to images. In want, <REF> or <REF PLATFORM> is the
// pin of that image.
var pinExamples = []pinExample{
	{
		name:  "plain",
		files: []string{"compose.yaml", "services:\n  a:\n    image: nginx:1.27   # web\n    # end\n"},
		want:  []string{"services:\n  a:\n    image: <nginx:1.27>   # web\n    # end\n"},
	},
	{
		name:  "quoted",
		files: []string{"compose.yaml", "services:\n  a:\n    image: 'nginx'\n  b: {\"image\":\"ng\\x69nx\"}\n  c: {image: nginx}\n"},
		want:  []string{"services:\n  a:\n    image: '<nginx>'\n  b: {\"image\":\"<nginx>\"}\n  c: {image: <nginx>}\n"},
	},
	{
		name:  "line ends, byte order mark, tabs and trailing spaces",
		files: []string{"compose.yaml", "\ufeffservices:\r\n  a:   \r\n    image:\tnginx\t \r\n    labels: {x: \"ä\"} # ö\r\n  \"b\": {labels: {\"ü\": \"é\"}, image: nginx}\r\n"},
		want:  []string{"\ufeffservices:\r\n  a:   \r\n    image:\t<nginx>\t \r\n    labels: {x: \"ä\"} # ö\r\n  \"b\": {labels: {\"ü\": \"é\"}, image: <nginx>}\r\n"},
	},
	{
		name:  "no line end at the end of the file",
		files: []string{"compose.yaml", "services:\n  a:\n    image: nginx"},
		want:  []string{"services:\n  a:\n    image: <nginx>"},
	},
	{
		name:  "tag, anchor and value on separate lines",
		files: []string{"compose.yaml", "services:\n  a:\n    image: !!str &i # one\n      # two\n      nginx\n  b:\n    image:\n      \"nginx\"\n"},
		want:  []string{"services:\n  a:\n    image: !!str &i # one\n      # two\n      <nginx>\n  b:\n    image:\n      \"<nginx>\"\n"},
	},
	{
		name:  "blocks",
		files: []string{"compose.yaml", "services:\n  a:\n    image: >-  # folded\n        nginx\n\n  b:\n    image: |-\n      redis\n"},
		want:  []string{"services:\n  a:\n    image: >-  # folded\n        <nginx>\n\n  b:\n    image: |-\n      <redis>\n"},
	},
	{
		name:  "scalars of several lines",
		files: []string{"compose.yaml", "services:\n  a:\n    image: \"ngi\\\n      nx\"\n  b:\n    image: ${X:-\n      redis}\n    init: true\n"},
		env:   "X=redis",
		want:  []string{"services:\n  a:\n    image: \"<nginx>\"\n  b:\n    image: <redis>\n    init: true\n"},
	},
	{
		name:  "JSON",
		files: []string{"compose.yaml", `{"services":{"a":{"image":"nginx"}}}`},
		want:  []string{`{"services":{"a":{"image":"<nginx>"}}}`},
	},
	{
		name:  "variables",
		files: []string{"compose.yaml", "services:\n  a:\n    image: ${REG}/nginx:${TAG:-1}\n  b:\n    image: \"$REG/nginx:${NO:-${TAG:-1}}\"\n    command: $$HOME $OTHER\n"},
		env:   "REG=r",
		want:  []string{"services:\n  a:\n    image: <r/nginx:1>\n  b:\n    image: \"<r/nginx:1>\"\n    command: $$HOME $OTHER\n"},
	},
	{
		name:  "an anchor whose aliases are all images with the same pin",
		files: []string{"compose.yaml", "x-i: &i nginx\nservices:\n  a:\n    image: *i\n  b: {image: *i}\n"},
		want:  []string{"x-i: &i <nginx>\nservices:\n  a:\n    image: *i\n  b: {image: *i}\n"},
	},
	{
		name:  "an anchor at an image",
		files: []string{"compose.yaml", "services:\n  a:\n    image: &i nginx\n  b:\n    image: *i\n"},
		want:  []string{"services:\n  a:\n    image: &i <nginx>\n  b:\n    image: *i\n"},
	},
	{
		name:  "an anchor with another use",
		files: []string{"compose.yaml", "x-i: &i nginx\nservices:\n  a:\n    image: *i\n    command: [*i]\n  b: {image: *i, init: true}\n"},
		want:  []string{"x-i: &i nginx\nservices:\n  a:\n    image: <nginx>\n    command: [*i]\n  b: {image: <nginx>, init: true}\n"},
	},
	{
		name:  "an anchor at an image with another use",
		files: []string{"compose.yaml", "services:\n  a:\n    image: &i nginx\n    command: [*i]\n  b:\n    image: *i\n"},
		want: []string{"services:\n  a:\n    image: &i nginx\n    command: [*i]\n  b:\n    image: <nginx>\n",
			"services:\n  a:\n    image: <nginx>\n"},
	},
	{
		name:  "an anchor that needs two pins",
		files: []string{"compose.yaml", "x-i: &i nginx\nservices:\n  a:\n    image: *i\n  b:\n    image: *i\n    platform: linux/arm64\n"},
		want:  []string{"x-i: &i nginx\nservices:\n  a:\n    image: <nginx>\n  b:\n    image: <nginx linux/arm64>\n    platform: linux/arm64\n"},
	},
	{
		name:  "an anchor at an image that needs two pins",
		files: []string{"compose.yaml", "services:\n  a:\n    image: &i nginx\n  b:\n    image: *i\n    platform: linux/arm64\n  c:\n    image: *i\n"},
		want:  []string{"services:\n  a:\n    image: &i <nginx>\n  b:\n    image: <nginx linux/arm64>\n    platform: linux/arm64\n  c:\n    image: *i\n"},
	},
	{
		name:  "an alias that no service uses",
		files: []string{"compose.yaml", "x-i: &i nginx\nx-unused:\n  image: *i\nservices:\n  a:\n    image: *i\n"},
		want:  []string{"x-i: &i nginx\nx-unused:\n  image: *i\nservices:\n  a:\n    image: <nginx>\n"},
	},
	{
		name:  "a value that no service uses",
		files: []string{"compose.yaml", "x-a:\n  image: nginx\nservices:\n  a:\n    image: nginx\n    x-image: nginx\n    x-b: {image: nginx}\n"},
		want:  []string{"x-a:\n  image: nginx\nservices:\n  a:\n    image: <nginx>\n    x-image: nginx\n    x-b: {image: nginx}\n"},
	},
	{
		name:  "merge keys",
		files: []string{"compose.yaml", "x-a: &a\n  image: nginx\n  init: true\nx-b: &b {image: redis}\nservices:\n  a:\n    <<: *a\n  b:\n    <<: [*b, *a]\n  c:\n    <<: *a\n    image: redis\n"},
		want:  []string{"x-a: &a\n  image: <nginx>\n  init: true\nx-b: &b {image: <redis>}\nservices:\n  a:\n    <<: *a\n  b:\n    <<: [*b, *a]\n  c:\n    <<: *a\n    image: <redis>\n"},
	},
	{
		name:  "a merged mapping that needs two pins",
		files: []string{"compose.yaml", "x-a: &a\n  image: nginx\nservices:\n  a:\n    <<: *a\n  b:\n    <<: *a\n    platform: linux/arm64\n"},
		want: []string{"x-a: &a\n  image: nginx\nservices:\n  a:\n    <<: *a\n  b:\n    <<: *a\n    platform: linux/arm64\n",
			"services:\n  a:\n    image: <nginx>\n  b:\n    image: <nginx linux/arm64>\n"},
	},
	{
		name:  "a merged mapping that is not a service",
		files: []string{"compose.yaml", "x-a: &a\n  image: nginx\nservices:\n  a:\n    <<: *a\n  b:\n    image: redis\n    labels: *a\n"},
		want: []string{"x-a: &a\n  image: nginx\nservices:\n  a:\n    <<: *a\n  b:\n    image: <redis>\n    labels: *a\n",
			"services:\n  a:\n    image: <nginx>\n"},
	},
	{
		name:  "a service that is an alias of another",
		files: []string{"compose.yaml", "services:\n  a: &a\n    image: nginx\n  b: *a\n"},
		want:  []string{"services:\n  a: &a\n    image: <nginx>\n  b: *a\n"},
	},
	{
		name:  "several files",
		files: []string{"a.yaml", "services:\n  a:\n    image: nginx\n  b:\n    image: nginx\n", "b.yaml", "services:\n  a:\n    image: redis\n"},
		want:  []string{"services:\n  a:\n    image: nginx\n  b:\n    image: <nginx>\n", "services:\n  a:\n    image: <redis>\n"},
	},
	{
		name:  "the same value in several files",
		files: []string{"a.yaml", "services:\n  a:\n    image: nginx\n", "b.yaml", "services:\n  a:\n    image: nginx\n"},
		want:  []string{"services:\n  a:\n    image: nginx\n", "services:\n  a:\n    image: <nginx>\n"},
	},
	{
		name:  "reset and override",
		files: []string{"a.yaml", "services:\n  a:\n    image: nginx\n    build: .\n  b:\n    image: nginx\n    build: .\n", "b.yaml", "services:\n  a:\n    image: !reset null\n  b: !override\n    image: redis\n"},
		want: []string{"services:\n  a:\n    image: nginx\n    build: .\n  b:\n    image: nginx\n    build: .\n", "services:\n  a:\n    image: !reset null\n  b: !override\n    image: <redis>\n",
			"services:\n  a:\n    image: <>\n"},
	},
	{
		name:  "an overridden scalar",
		files: []string{"a.yaml", "services:\n  a:\n    image: nginx\n", "b.yaml", "services:\n  a:\n    image: !override redis\n"},
		want:  []string{"services:\n  a:\n    image: nginx\n", "services:\n  a:\n    image: !override <redis>\n"},
	},
	{
		name:  "several documents",
		files: []string{"compose.yaml", "services:\n  a:\n    image: nginx\n  b:\n    image: nginx\n---\n# two\nservices:\n  a:\n    image: redis\n...\n---\nservices: {}\n"},
		want:  []string{"services:\n  a:\n    image: nginx\n  b:\n    image: <nginx>\n---\n# two\nservices:\n  a:\n    image: <redis>\n...\n---\nservices: {}\n"},
	},
	{
		name:  "only built",
		files: []string{"compose.yaml", "services:\n  a:\n    build: .\n  b:\n    image: nginx\n"},
		want:  []string{"services:\n  a:\n    build: .\n  b:\n    image: <nginx>\n", "services:\n  a:\n    image: <>\n"},
	},
	{
		name:  "extends in the same file",
		files: []string{"compose.yaml", "services:\n  a:\n    image: nginx\n  b:\n    extends: a\n  c:\n    extends: {service: a}\n    image: redis\n"},
		want:  []string{"services:\n  a:\n    image: <nginx>\n  b:\n    extends: a\n  c:\n    extends: {service: a}\n    image: <redis>\n"},
	},
	{
		name:  "extends in the same file with another platform",
		files: []string{"compose.yaml", "services:\n  a:\n    image: nginx\n  b:\n    extends: a\n    platform: linux/arm64\n"},
		want: []string{"services:\n  a:\n    image: nginx\n  b:\n    extends: a\n    platform: linux/arm64\n",
			"services:\n  a:\n    image: <nginx>\n  b:\n    image: <nginx linux/arm64>\n"},
	},
	{
		name: "extends and include of other files",
		files: []string{"compose.yaml", "include: [more.yaml]\nservices:\n  a:\n    extends: {file: base.yaml, service: base}\n  b:\n    image: nginx\n", "--",
			"base.yaml", "services:\n  base:\n    image: nginx\n", "more.yaml", "services:\n  c:\n    image: redis\n"},
		want: []string{"include: [more.yaml]\nservices:\n  a:\n    extends: {file: base.yaml, service: base}\n  b:\n    image: <nginx>\n",
			"services:\n  a:\n    image: <nginx>\n  c:\n    image: <redis>\n"},
	},
	{
		name:  extendsItself,
		files: []string{"compose.yaml", "services:\n  a:\n    extends: {file: compose.yaml, service: b}\n  b:\n    image: nginx\n"},
		want: []string{"services:\n  a:\n    extends: {file: compose.yaml, service: b}\n  b:\n    image: <nginx>\n",
			"services:\n  a:\n    image: <nginx>\n"},
	},
	{
		name:  "an included service with its own image",
		files: []string{"compose.yaml", "include: [more.yaml]\nservices:\n  c:\n    image: nginx\n", "--", "more.yaml", "services:\n  c:\n    image: redis\n"},
		want:  []string{"include: [more.yaml]\nservices:\n  c:\n    image: <nginx>\n"},
	},
	{
		name: "image volumes, models, jobs and hooks",
		files: []string{"compose.yaml", `services:
  a:
    image: nginx
    volumes:
      - ./nginx:/etc/nginx
      - {type: image, source: data, target: /data, image: {subpath: x}}
      - {type: bind, source: data, target: /other}
    pre_start:
      - image: init
        command: [nginx]
      - command: [nginx]
    models: [llm]
models:
  llm:
    model: ai/nginx
jobs:
  j:
    triggers: {manual: true}
    image: job
    volumes:
      - {type: image, source: data, target: /data}
`},
		want: []string{`services:
  a:
    image: <nginx>
    volumes:
      - ./nginx:/etc/nginx
      - {type: image, source: <data>, target: /data, image: {subpath: x}}
      - {type: bind, source: data, target: /other}
    pre_start:
      - image: <init>
        command: [nginx]
      - command: [nginx]
    models: [llm]
models:
  llm:
    model: <ai/nginx>
jobs:
  j:
    triggers: {manual: true}
    image: <job>
    volumes:
      - {type: image, source: <data>, target: /data}
`},
	},
	{
		name:  "an image that is also a key and a value",
		files: []string{"compose.yaml", "services:\n  a:\n    image: image\n    labels: {image: image, source: image}\n    environment: [image=image]\n"},
		want:  []string{"services:\n  a:\n    image: <image>\n    labels: {image: image, source: image}\n    environment: [image=image]\n"},
	},
	{
		name:  "equal hooks in two files",
		files: []string{"a.yaml", "services:\n  a:\n    image: a\n    pre_start: [{image: x}, {image: y}]\n", "b.yaml", "services:\n  a:\n    pre_start: [{image: y}]\n"},
		want: []string{"services:\n  a:\n    image: <a>\n    pre_start: [{image: x}, {image: y}]\n", "services:\n  a:\n    pre_start: [{image: y}]\n",
			"services:\n  a:\n    pre_start: !override\n      - image: <x>\n      - image: <y>\n"},
	},
	{
		name:  "hooks of two files",
		files: []string{"a.yaml", "services:\n  a:\n    image: a\n    pre_start: [{image: x}, {command: [c]}]\n", "b.yaml", "services:\n  a:\n    pre_start: [{image: y}]\n"},
		want:  []string{"services:\n  a:\n    image: <a>\n    pre_start: [{image: <x>}, {command: [c]}]\n", "services:\n  a:\n    pre_start: [{image: <y>}]\n"},
	},
	{
		name:  "keys in every form",
		files: []string{"compose.yaml", "services:\n  ? a\n  : image: nginx\n  b:\n    ? image\n    : nginx\n  c: {'image' : nginx, }\n  d: {\n    \"image\": nginx\n  }\n"},
		want:  []string{"services:\n  ? a\n  : image: <nginx>\n  b:\n    ? image\n    : <nginx>\n  c: {'image' : <nginx>, }\n  d: {\n    \"image\": <nginx>\n  }\n"},
	},
	{
		name:  "old line ends and multi-byte characters",
		files: []string{"compose.yaml", "services:\r  a: {x-ü: \"日本語\u2028\", image: nginx}\r  b:\r    image: nginx\r"},
		want:  []string{"services:\r  a: {x-ü: \"日本語\u2028\", image: <nginx>}\r  b:\r    image: <nginx>\r"},
	},
	{
		name:  "merge keys of merge keys",
		files: []string{"compose.yaml", "x-a: &x {image: nginx}\nx-b: &y\n  <<: *x\nx-c:\n  svc: &s\n    image: redis\nservices:\n  a:\n    <<: *y\n  b:\n    <<: [*x, *y]\n  c: *s\n"},
		want:  []string{"x-a: &x {image: <nginx>}\nx-b: &y\n  <<: *x\nx-c:\n  svc: &s\n    image: <redis>\nservices:\n  a:\n    <<: *y\n  b:\n    <<: [*x, *y]\n  c: *s\n"},
	},
	{
		name:  "a list of anchors",
		files: []string{"compose.yaml", "x-i:\n  - &i nginx\n  - &r !<tag:yaml.org,2002:str> redis\nservices:\n  a: {image: *i}\n  b: {image: *r }\n"},
		want:  []string{"x-i:\n  - &i <nginx>\n  - &r !<tag:yaml.org,2002:str> <redis>\nservices:\n  a: {image: *i}\n  b: {image: *r }\n"},
	},
	{
		name:  "a block that ends in a line break",
		files: []string{"compose.yaml", "services:\n  a:\n    image: |\n      nginx\n"},
		want:  []string{"services:\n  a:\n    image: |\n      nginx\n", "services:\n  a:\n    image: <nginx>\n"},
	},
	{
		name:  "null services and sections",
		files: []string{"compose.yaml", "networks: {}\nservices:\n  a:\n    image: nginx\n    command:\n"},
		want:  []string{"networks: {}\nservices:\n  a:\n    image: <nginx>\n    command:\n"},
	},
}

func TestPinInPlace(t *testing.T) {
	t.Parallel()
	for _, test := range pinExamples {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, names := test.layout(t)
			p := loadProject(t, dir, names, strings.Fields(test.env)...)
			refs := map[string]string{}
			for _, image := range p.Images {
				refs[strings.TrimSpace(fmt.Sprintf("%s %s", image.Ref, image.Platform))] = pinFor(image)
			}
			pinned, err := p.Pin(context.Background(), pinAll(p, true))
			require.NoError(t, err)
			var got []string
			for _, file := range pinned {
				if file.Kind != ComposeFile {
					continue
				}
				if file.Kind != ComposeFile {
					continue
				}
				content := string(file.Content)
				for ref, pin := range refs {
					content = strings.ReplaceAll(content, pin, "<"+ref+">")
				}
				got = append(got, content)
			}
			require.Equal(t, test.want, got)
		})
	}
}
