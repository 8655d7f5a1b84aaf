package compose

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFlatten(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"p/compose.yaml": strings.Join([]string{
			"name: ${NAME:-flat}",
			"include:",
			"  - path: sub/db.yaml",
			"    env_file: sub/db.env",
			"services:",
			"  web:",
			"    extends: {file: ../base.yaml, service: base}",
			"    image: web:${TAG:-1}",
			"    ports: ['${PORT}:80', '81:81']",
			"    environment: [HOME, 'COST=5$$', 'A=${A:?}']",
			"    volumes: ['${DATA:-./data}:/data:ro', './${DIR}/x:/x', '/etc/hosts:/etc/hosts']",
			"    ulimits: {nofile: '${N}'}",
			"    devices: ['${DEV}:/dev/x']",
		}, "\n"),
		"p/sub/db.yaml": "services:\n  db:\n    image: db:${DB_TAG}\n    environment: {X: '${X:-none}', Y: '${Y:-y}', Z: '${Z:+z}'}\n    volumes: ['./db:/db', '${DB_DATA:-./data}:/data', '${NAMED:-named}:/named']\nvolumes: {named: {}}\n",
		"p/sub/db.env":  "DB_TAG=7\nX=from$$env\nZ=1\n",
		"base.yaml":     "services:\n  base:\n    restart: ${RESTART:-always}\n    build: ./context\n    env_file: [{path: base.env, required: false}]\n",
	}
	dir := writeFiles(t, files)
	p, err := Load(t.Context(), Options{WorkDir: dir, Files: []string{"p/compose.yaml"}, Flatten: true, WithEnv: true, Environ: []string{"HOME=/home/me", "TAG=9"}})
	require.NoError(t, err)
	require.Empty(t, p.Carried)
	require.Len(t, p.Files, 1)
	require.Equal(t, `name: ${NAME:-flat}
services:
  db:
    environment:
      X: ${X:-from$$env}
      "Y": ${Y:-y}
      Z: z
    image: db:${DB_TAG-7}
    volumes:
      - bind:
          create_host_path: true
        source: ./sub/db
        target: /db
        type: bind
      - ./sub/${DB_DATA:-./data}:/data
      - ${NAMED:-named}:/named
  web:
    build:
      context: ../context
    devices:
      - ${DEV}:/dev/x
    env_file:
      - path: ../base.env
        required: false
    environment:
      - HOME
      - COST=5$$
      - A=${A:?}
    image: web:${TAG:-1}
    ports:
      - ${PORT}:80
      - mode: ingress
        protocol: tcp
        published: "81"
        target: 81
    restart: ${RESTART:-always}
    ulimits:
      nofile: ${N}
    volumes:
      - ${DATA:-./data}:/data:ro
      - ./${DIR}/x:/x
      - bind:
          create_host_path: true
        source: /etc/hosts
        target: /etc/hosts
        type: bind
volumes:
  named: {}
`, string(p.Files[0].Content))
	require.Equal(t, map[string]string{"services.web.image": "web:9", "services.db.image": "db:7"}, refs(p))
}

// TestFlattenOuterVariables flattens includes whose env files use variables of the project: those
// stay variables, also in nested includes.
func TestFlattenOuterVariables(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"compose.yaml": "include: [{path: sub/a.yaml, env_file: a.env}]\nservices: {b: {image: 'b:${TAG}'}}\n",
		"a.env":        "A=${TAG}-x\nB=$HOST\nC=$HOST/$TAG\n",
		"sub/a.yaml":   "include: [{path: c.yaml, env_file: c.env}]\nservices: {a: {image: 'a:${A}', environment: {B: '${B}', C: '${C:-no}', D: '${B-no}', T: '${TAG:-none}'}}}\n",
		"sub/c.yaml":   "services: {c: {image: 'c:$D'}}\n",
		"sub/c.env":    "D=$A.$TAG\n",
	})
	p, err := Load(t.Context(), Options{WorkDir: dir, Flatten: true, WithEnv: true, Environ: []string{"TAG=1", "HOST=h"}})
	require.NoError(t, err)
	require.Equal(t, `services:
  a:
    environment:
      B: ${B-${HOST}}
      C: ${C:-${HOST}/${TAG}}
      D: ${B-${HOST}}
      T: ${TAG:-none}
    image: a:${A-${TAG}-x}
  b:
    image: b:${TAG}
  c:
    image: c:${D-${TAG}-x.${TAG}}
`, string(p.Files[0].Content))
	require.Equal(t, map[string]string{"services.a.image": "a:1-x", "services.b.image": "b:1", "services.c.image": "c:1-x.1"}, refs(p))
}

// TestFlattenCarried flattens a project whose file names have variables. Files in subfolders,
// which are carried without the folder, are referred to by their carried names.
func TestFlattenCarried(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"compose.yaml": strings.Join([]string{
			"include: [sub/inc.yaml]",
			"services:",
			"  a:",
			"    image: a",
			"    env_file: ['${D:-./env}/a.env', '${R:-root.env}', {path: '$D/none.env', required: false}]",
			"    label_file: ${L}",
			"    security_opt: ['seccomp:${D}/p.json', 'label:disable', 'seccomp=./env/../${D}/p.json']",
			"    pre_start: [{image: h, command: x, env_file: './${D}/a.env', security_opt: ['seccomp=$D/p.json']}]",
			"    volumes: ['${D}/a.env:/a.env', './env:/env']",
			"configs: {c: {file: '${D}/c'}, d: {file: env/c}}",
		}, "\n"),
		"sub/inc.yaml": "services: {b: {image: b, env_file: '../${D}/a.env', label_file: '${PWD_}/env/l'}}\n",
		"env/a.env":    "A=1\n", "env/l": "l=1\n", "env/p.json": "{}\n", "env/c": "c\n", "root.env": "R=1\n",
		"env-l": "another file\n",
	})
	p, err := Load(t.Context(), Options{WorkDir: dir, Flatten: true, WithEnv: true, WithFiles: true,
		Environ: []string{"D=./env", "L=" + filepath.Join("env", "l"), "PWD_=.."}})
	require.NoError(t, err)
	require.Contains(t, string(p.Files[0].Content), "env_file:\n      - path: ${D:-./env}/a.env\n")
	require.Equal(t, lastingName, p.Files[1].Name)
	require.Equal(t, `configs:
  c:
    file: ./env/c
services:
  a:
    label_file: !override
      - ./env/l
    pre_start: !override
      - command: x
        env_file:
          - path: ./env-a-2.env
            required: true
        image: h
        security_opt:
          - seccomp=./env-p-2.json
    security_opt: !override
      - seccomp:./env/p.json
      - label:disable
      - seccomp=./env/p.json
    volumes: !override
      - bind:
          create_host_path: true
        source: ./env/a.env
        target: /a.env
        type: bind
      - bind:
          create_host_path: true
        source: ./env
        target: /env
        type: bind
  b:
    env_file: !override
      - path: ./env/a.env
        required: true
    label_file: !override
      - ./env/l
`, string(p.Files[1].Content), "the deployment host need not set the variables of these paths")
	require.Equal(t, RegistryFile, p.Files[2].Kind)
	var names []string
	for _, file := range p.Carried {
		names = append(names, file.Name+" "+file.RestoredAs)
	}
	require.Equal(t, []string{"env-a-2.env ", "env-p-2.json ", "env/a.env env-a.env", "env/c env-c", "env/l env-l-2", "env/p.json env-p.json", "root.env "}, names)
}

// TestFlattenHome keeps ~ as the home folder of the user on the deployment host.
func TestFlattenHome(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"compose.yaml": strings.Join([]string{
			"include: [sub/inc.yaml]",
			"services:",
			"  a:",
			"    image: a",
			"    build: {context: ~/src, ssh: ['k=~/.ssh/k'], additional_contexts: ['x=~/x', 'y=./y']}",
			"    command: [ls, ~/x]",
			"    environment: ['A=~/x', 'B=x=~']",
			"    env_file: [{path: ~/a.env, required: false}]",
			"    volumes: [~/.x:/y:ro, '${C:-~/.cfg}/web:/config', {type: bind, source: ~/data, target: /data}, '~:/home']",
			"configs: {c: {file: ~/c}}",
			"secrets: {s: {file: ~/s}}",
			"volumes: {v: {driver: local, driver_opts: {o: bind, type: none, device: ~/v}}}",
		}, "\n"),
		"sub/inc.yaml": "services: {b: {image: b, volumes: [~/b:/b, {type: bind, source: '${C:-~/.cfg}/web', target: /c}, '${U}/../u:/u', './~/c:/d']}}\n",
	})
	p, err := Load(t.Context(), Options{WorkDir: dir, Flatten: true, WithEnv: true, Environ: []string{"U=./x/y"}})
	require.NoError(t, err)
	require.Empty(t, p.Carried)
	require.Equal(t, `configs:
  c:
    file: ~/c
secrets:
  s:
    file: ~/s
services:
  a:
    build:
      additional_contexts:
        x: ~/x
        "y": ./y
      context: ~/src
      ssh:
        k: ~/.ssh/k
    command:
      - ls
      - ~/x
    env_file:
      - path: ~/a.env
        required: false
    environment:
      - A=~/x
      - B=x=~
    image: a
    volumes:
      - ~/.x:/y:ro
      - ${C:-~/.cfg}/web:/config
      - source: ~/data
        target: /data
        type: bind
      - ~:/home
  b:
    image: b
    volumes:
      - ~/b:/b
      - source: ${C:-~/.cfg}/web
        target: /c
        type: bind
      - ./sub/${U}/../u:/u
      - bind:
          create_host_path: true
        source: ./sub/~/c
        target: /d
        type: bind
volumes:
  v:
    driver: local
    driver_opts:
      device: ~/v
      o: bind
      type: none
`, string(p.Files[0].Content))
}

func TestFlattenRejectsChanges(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		"compose.yaml": "include: [{path: a.yaml, env_file: a.env}]\n",
		"a.yaml":       "services: {a: {image: 'a:${A:-1}'}}\n",
		"a.env":        "A=${TAG}\n",
	})
	_, err := Load(t.Context(), Options{WorkDir: dir, Flatten: true, WithEnv: true, Environ: []string{"TAG=1"}})
	require.ErrorContains(t, err, "the env file of an include sets A to a value that may be empty where the application is deployed, and ${A:-1} depends on it")
}

// TestFlattenBuild: the paths of builds do not matter, because packaged projects are not built.
func TestFlattenBuild(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": "services: {a: {image: a, build: {context: '${PWD}/x/', additional_contexts: {y: '${PWD}/y/'}}}}\n"})
	p, err := Load(t.Context(), Options{WorkDir: dir, Flatten: true})
	require.NoError(t, err)
	require.Contains(t, string(p.Files[0].Content), "context: ${PWD}/x\n")
}

// TestFlattenEnds: the flattened file does not end in a block scalar, to which Docker Compose
// would add a line break when it joins files.
func TestFlattenEnds(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": "services:\n  a:\n    image: a\n    working_dir: |+\n      /a\n\n\n"})
	p, err := Load(t.Context(), Options{WorkDir: dir, Flatten: true})
	require.NoError(t, err)
	require.Contains(t, string(p.Files[0].Content), `working_dir: "/a\n\n\n"`)
}
