package compose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBadFiles checks the errors of invalid projects, one line per problem.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files map[string]string
		opts  Options
		want  []string
	}{
		"no YAML": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: [a\n  b: c\n"},
			want:  []string{"compose.yaml:4: not valid YAML: did not find expected ',' or ']'"},
		},
		"a duplicate key": {
			files: map[string]string{"compose.yaml": "services:\n  a: {image: x}\n  a: {image: y}\n"},
			want:  []string{`compose.yaml:3: not a valid Compose file: mapping key "a" already defined at line 2`},
		},
		"a duplicate image key": {
			files: map[string]string{"compose.yaml": "jobs:\n  j:\n    image: a\n    triggers: {manual: true}\n    volumes:\n      - {type: image, source: b, target: /d}\n      - {type: image, source: c, target: /d/}\n"},
			want:  []string{`compose.yaml:6: service j: two images are mounted at "/d"`},
		},
		"a tab": {
			files: map[string]string{"compose.yaml": "services:\n\tweb:\n"},
			want:  []string{"compose.yaml:2: not valid YAML: found character that cannot start any token"},
		},
		"an unknown key": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    imagine: b\n"},
			want:  []string{"compose.yaml:4: service web: services.web.imagine is not a known Compose key"},
		},
		"a wrong type": {
			files: map[string]string{"compose.yaml": "services:\n  db: {image: b}\n  web:\n    image: a\n    volumes:\n      - x:/y\n    ports: 80\n"},
			want:  []string{"compose.yaml:7: service web: services.web.ports must be a array"},
		},
		"a wrong type in an override": {
			files: map[string]string{"compose.yaml": "services: {web: {image: a}}\n", "compose.override.yaml": "services:\n  web:\n    init: [1]\n"},
			want:  []string{"compose.override.yaml:3: service web: services.web.init must be a boolean or string"},
		},
		"a wrong type in an include": {
			files: map[string]string{"compose.yaml": "include: [sub/more.yaml]\n", "sub/more.yaml": "\n\nservices:\n  web: {image: [a]}\n"},
			want:  []string{"sub/more.yaml:4: service web: services.web.image must be a string"},
		},
		"an unknown top-level key": {
			files: map[string]string{"compose.yaml": "services: {web: {image: a}}\nservice: {}\n"},
			want:  []string{"compose.yaml:2: has the unknown key 'service'"},
		},
		"several unknown top-level keys": {
			files: map[string]string{"compose.yaml": "web: {image: a}\ndb: {image: a}\ncache: {image: a}\nproxy: {image: a}\n"},
			want:  []string{"compose.yaml:3: has the unknown keys 'cache', 'db', 'proxy', 'web'"},
		},
		"a wrong literal value": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    cpus: ${CPUS}\n    cgroup: neither\n"},
			want:  []string{"compose.yaml:5: service web: services.web.cgroup value must be one of 'host', 'private'"},
		},
		"a wrong value of a variable": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    healthcheck:\n      retries: ${R:-many}\n"},
			want:  []string{`compose.yaml:5: service web: error while interpolating services.web.healthcheck.retries: failed to cast to expected type: strconv.Atoi: parsing "many": invalid syntax`},
		},
		"a wrong port": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    ports: ['80:http']\n"},
			want:  []string{"compose.yaml: invalid containerPort: http"},
		},
		"no expression": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a:${\n"},
			want:  []string{"compose.yaml:3: service web: invalid interpolation format for services.web.image. You may need to escape any $ with another $. a:${"},
		},
		"an undefined dependency": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    depends_on: [gone]\n"},
			want:  []string{`compose.yaml: service "web" depends on undefined service "gone": invalid compose project`},
		},
		"an undefined dependency and an unset variable": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    depends_on: [nobody]\n    environment: {A: $A}\n"},
			want:  []string{`compose.yaml: service "web" depends on undefined service "nobody": invalid compose project`},
		},
		"an undefined volume, with a variable target": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    volumes: ['data:$A']\n"},
			want:  []string{`compose.yaml: service "web" refers to undefined volume data: invalid compose project`},
		},
		"an undefined network, next to a variable one": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    networks: [$A, back]\n"},
			want:  []string{`compose.yaml: service "web" refers to undefined network back: invalid compose project`},
		},
		"two memory limits, and an unset variable": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    mem_limit: 1g\n    deploy: {resources: {limits: {memory: 2g, cpus: $C}}}\n"},
			want:  []string{`compose.yaml:2: service web: services.web: can't set distinct values on 'mem_limit' and 'deploy.resources.limits.memory': invalid compose project`},
		},
		"one name for two containers, and an unset variable": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    container_name: abc\n    command: $C\n    deploy: {replicas: 2}\n"},
			want:  []string{`compose.yaml: services.deploy.replicas: can't set container_name and web as container name must be unique: invalid compose project`},
		},
		"neither image nor build, and an unset variable": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    command: run $A\n"},
			want:  []string{`compose.yaml: service "web" has neither an image nor a build context specified: invalid compose project`},
		},
		"too many dependency paths": {
			files: map[string]string{"compose.yaml": manyWays(30)},
			want:  []string{`the dependencies of services have more than 200000 paths, each of which Docker Compose would follow`},
		},
		"a missing include": {
			files: map[string]string{"compose.yaml": "services: {web: {image: a}}\ninclude:\n  - gone.yaml\n"},
			want:  []string{`compose.yaml:3: include: reading "gone.yaml": file does not exist`},
		},
		"a missing base": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    extends:\n      file: gone.yaml\n      service: a\n"},
			want:  []string{`compose.yaml:4: extends: reading "gone.yaml": file does not exist`},
		},
		"a missing service to extend": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    extends: {file: base.yaml, service: gone}\n", "base.yaml": "services: {a: {image: a}}"},
			want:  []string{`cannot extend service "web" in compose.yaml: service "gone" not found in base.yaml`},
		},
		"remote files": {
			files: map[string]string{"compose.yaml": "include:\n  - oci://example.com/app\nservices:\n  web:\n    extends: {file: 'https://example.com/a.git', service: a}\n"},
			want: []string{
				`compose.yaml:2: include: "oci://example.com/app" is not a local file, and nothing is read from registries here`,
				`compose.yaml:5: extends: "https://example.com/a.git": it is neither a local file nor a composition in a registry (oci://…): copy the files into the project folder and name those`,
			},
		},
		"required variables": {
			files: map[string]string{"compose.yaml": "include: ['${DIR}/more.yaml']\nservices:\n  web: {image: 'a:$TAG'}\n"},
			want:  []string{`compose.yaml:1: include "${DIR}/more.yaml" needs the variable DIR, which is not set and has no default`},
		},
		"all variables together": {
			files: map[string]string{"compose.yaml": "services:\n  web:\n    image: a:$TAG\n    platform: ${P}\n    env_file: ${E}\n    label_file: $L\n  db:\n    image: ${DB:?need it}\n"},
			opts:  Options{WithEnv: true},
			want: []string{
				`compose.yaml:8: service db: image "${DB}" needs the variable DB, which is not set and has no default`,
				`compose.yaml:4: service web: platform needs the variable P, which is not set and has no default`,
				`compose.yaml:3: service web: image "a:${TAG}" needs the variable TAG, which is not set and has no default`,
				`compose.yaml:5: service web: env_file ${E} needs the variable E, which is not set and has no default`,
				`compose.yaml:6: service web: label_file ${L} needs the variable L, which is not set and has no default`,
			},
		},
		"--image without a matching service": {
			files: map[string]string{"compose.yaml": "services: {web: {image: a}}"},
			opts:  Options{Images: map[string]string{"wbe": "b"}},
			want:  []string{`an image is given for "wbe", which is neither a service nor the image of one (services: web)`},
		},
		"an alias inside its own anchor": {
			files: map[string]string{"compose.yaml": "x-a: &a\n  <<: *a\nservices: {web: {image: a}}\n"},
			want:  []string{"compose.yaml:2: an alias is inside the node that it refers to"},
		},
		"UTF-16": {
			files: map[string]string{"compose.yaml": "\xff\xfea\x00"},
			want:  []string{"compose.yaml: the file is UTF-16, which can't be packaged: save it as UTF-8"},
		},
		"an include cycle": {
			files: map[string]string{"compose.yaml": "include: [a.yaml]", "a.yaml": "include: [compose.yaml]"},
			want:  []string{"compose.yaml:1: include cycle detected: compose.yaml  include a.yaml"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.opts.WorkDir = writeFiles(t, test.files)
			_, err := Load(t.Context(), test.opts)
			require.Error(t, err)
			var got []string
			for _, e := range Errors(err) {
				got = append(got, strings.ReplaceAll(e.Error(), test.opts.WorkDir+"/", ""))
			}
			require.Equal(t, test.want, got)
		})
	}
}

// manyWays returns n services, each of which depends on all earlier ones.
func manyWays(n int) string {
	text := "services:\n  s0: {image: a}\n"
	var before []string
	for i := 1; i < n; i++ {
		before = append(before, fmt.Sprintf("s%d", i-1))
		text += fmt.Sprintf("  s%d: {image: a, depends_on: [%s]}\n", i, strings.Join(before, ", "))
	}
	return text
}

// TestUnsetVariablesPassChecks: a value that only the deployment host knows is not an error.
func TestUnsetVariablesPassChecks(t *testing.T) {
	t.Parallel()
	for _, service := range []string{
		"depends_on: [$A]", "depends_on: {db: {condition: $A}}", "networks: [$A]", "networks: {back: {aliases: [$A]}}",
		"volumes: ['$A:/x']", "volumes: ['$A:/x', '$B:/x2']", "volumes: ['data:$A', 'data:$B']", "volumes: [{type: volume, source: $A, target: /x}]",
		"secrets: [$A]", "secrets: [{source: $A}]", "configs: [{source: $A, target: /x}]", "network_mode: $A",
		"{network_mode: $A, networks: [back]}", "network_mode: 'service:$A'", "healthcheck: {test: [$A, x]}", "healthcheck: {interval: $A}",
		"{scale: $N, deploy: {replicas: 3}}", "{container_name: abc, deploy: {replicas: $N}}", "{mem_limit: $M, deploy: {resources: {limits: {memory: 1g}}}}",
		"{cpus: $C, deploy: {resources: {limits: {cpus: '2'}}}}", "{container_name: $A, scale: 2}",
		"{cpus: 2, deploy: {resources: {limits: {cpus: '$C'}}}}", "{pids_limit: 2, deploy: {resources: {limits: {pids: $P}}}}", "{mem_limit: 1g, deploy: {resources: {limits: {memory: $M}}}}",
		"{mem_reservation: 1g, deploy: {resources: {reservations: {memory: $M}}}}", "{scale: 3, deploy: {replicas: $N}}", "{container_name: abc, scale: $N}", "tmpfs: [$A, $B]", "ports: ['$A:80', '${B}']",
		"build: $A", "build: {context: ., platforms: [linux/amd64], secrets: [$A]}", "build: {context: ., additional_contexts: {a: 'service:$A'}}",
		"links: [$A]", "volumes_from: [$A]", "gpus: $A", "pid: 'service:$A'", "develop: {watch: [{path: ., action: sync, target: $A}]}", "ulimits: {nofile: $A}", "logging: {driver: $A}",
	} {
		if service[0] == '{' {
			service = "<<: " + service
		}
		dir := writeFiles(t, map[string]string{"compose.yaml": "services:\n  db: {image: b}\n  web:\n    image: a\n    " + service + "\nvolumes: {data: {}}\nnetworks: {back: {}}\n"})
		_, err := Load(t.Context(), Options{WorkDir: dir})
		require.NoError(t, err, service)
	}
}
