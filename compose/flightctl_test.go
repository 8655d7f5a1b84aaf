package compose

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCheckFlightControl: the reasons are those of Flight Control v1.4.0-main, whose own code was
// run with these files.
func TestCheckFlightControl(t *testing.T) {
	t.Parallel()
	const image = "image: docker.io/library/nginx:1"
	for name, test := range map[string]struct {
		file, override string
		reason         string
	}{
		"valid":                 {"services:\n  web: {" + image + ", volumes: [./a:/a, data:/d:ro]}\nvolumes: {data: , more: {external: true}}\n", "", ""},
		"images in an override": {"services: {web: {build: .}, db: {image: postgres}}\n", "services: {web: {" + image + "}, db: {" + image + "}}\n", ""},
		"a tag in an override":  {"services: {web: {" + image + ", ports: [1]}}\n", "services: {web: {" + image + ", ports: !override [2], command: !reset null}}\n", ""},
		"long mounts":           {"services: {web: {" + image + ", volumes: [a:/a, {type: bind, source: ./a, target: /a}]}}\n", "", "service web: Flight Control supports volumes only in short form"},
		"long mounts, by merge": {"x-v: &v {volumes: [{target: /a}]}\nservices: {web: {<<: *v, " + image + "}}\n", "", "service web: Flight Control supports volumes only in short form"},
		"long mounts in the override": {"services: {web: {" + image + "}}\n", "services: {web: {" + image + ", volumes: !override [{type: image, source: a, target: /a}]}}\n",
			"service web: Flight Control supports volumes only in short form"},
		"a container's name":            {"services: {web: {" + image + ", container_name: web}}\n", "", "service web: Flight Control does not support container_name"},
		"no image":                      {"services: {web: {build: .}}\n", "", "service web: it has no image"},
		"a name below an override":      {"services: {web: {" + image + ", container_name: web}}\n", "services: {web: {" + image + "}}\n", "does not support container_name"},
		"an override without the image": {"services: {web: {" + image + "}}\n", "services: {web: {ports: [1]}}\n", "service web: it has no image"},
		"an external mapping":           {"services: {web: {" + image + "}}\nvolumes: {data: {external: {name: d}}}\n", "", "volume data: external must be true or false"},
		"several documents":             {"services: {web: {" + image + "}}\n---\nservices: {db: {" + image + "}}\n", "", "several YAML documents"},
	} {
		t.Run(name, func(t *testing.T) {
			var override []byte
			if test.override != "" {
				override = []byte(test.override)
			}
			err := CheckFlightControl([]byte(test.file), override)
			if test.reason == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.reason)
		})
	}
}

// TestShortVolumes: mounts are written in short form if it has the same meaning.
func TestShortVolumes(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"compose.yaml": `services:
  web:
    image: nginx
    volumes:
      - ./data:/data:ro
      - more:/more
      - /anonymous
      - {type: bind, source: /etc/localtime, target: /etc/localtime, read_only: true, bind: {create_host_path: true}}
      - {type: volume, source: more, target: /again, read_only: true}
      - '${DIR:-./d}:/d'
      - {type: bind, source: ./a, target: /a}
      - {type: volume, source: more, target: /nocopy, volume: {nocopy: true}}
      - {type: tmpfs, target: /tmp}
volumes: {more: }
`})
	p, err := Load(t.Context(), Options{WorkDir: dir, Flatten: true, ShortVolumes: true, WithoutFiles: true})
	require.NoError(t, err)
	require.Equal(t, `services:
  web:
    image: nginx
    volumes:
      - ./data:/data:ro
      - more:/more
      - /anonymous
      - /etc/localtime:/etc/localtime:ro
      - more:/again:ro
      - ${DIR:-./d}:/d
      - source: ./a
        target: /a
        type: bind
      - source: more
        target: /nocopy
        type: volume
        volume:
          nocopy: true
      - target: /tmp
        type: tmpfs
volumes:
  more: null
`, string(p.Files[0].Content))
}
