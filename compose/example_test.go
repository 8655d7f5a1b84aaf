package compose_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/ocompose/ocompose/compose"
)

// folder writes files, given as pairs of a name and a content, to a new folder.
func folder(files ...string) string {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	return dir
}

// Load a project and list its images.
func ExampleLoad() {
	dir := folder("compose.yaml", `services:
  web:
    image: nginx:${TAG:-1.27}
    volumes:
      - {type: image, source: site:3, target: /usr/share/nginx/html}
  db:
    image: postgres:17
    platform: linux/amd64
`)
	defer os.RemoveAll(dir)

	project, err := compose.Load(context.Background(), compose.Options{WorkDir: dir})
	if err != nil {
		log.Fatal(err)
	}
	for _, image := range project.Images {
		fmt.Println(image.Path, image.Ref, image.Platform, image.Position)
	}
	// Output:
	// services.db.image postgres:17 linux/amd64 compose.yaml:7
	// services.web.image nginx:1.27  compose.yaml:3
	// services.web.volumes./usr/share/nginx/html.source site:3  compose.yaml:5
}

// Pin loose: the files stay as they are, and an override file pins the images.
func ExampleProject_Pin() {
	dir := folder("compose.yaml", "services:\n  web: {image: nginx:1.27} # the site\n")
	defer os.RemoveAll(dir)

	project, err := compose.Load(context.Background(), compose.Options{WorkDir: dir})
	if err != nil {
		log.Fatal(err)
	}
	files, err := project.Pin(context.Background(), compose.Pins{
		"services.web.image": {Ref: "nginx:1.27@sha256:0c86dddac19f2ce4fd716ac58c0fd87bf69bfd4edabfd6971fb885bafd12a00b"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range files {
		fmt.Printf("# %s\n%s", file.Name, file.Content)
	}
	// Output:
	// # compose.yaml
	// services:
	//   web: {image: nginx:1.27} # the site
	// # image-digests.yaml
	// services:
	//   web:
	//     image: nginx:1.27@sha256:0c86dddac19f2ce4fd716ac58c0fd87bf69bfd4edabfd6971fb885bafd12a00b
}

// Pin in place: only the bytes of the reference change.
func ExampleProject_Pin_inPlace() {
	dir := folder("compose.yaml", "x-image: &app 'app:1'   # built nightly\nservices:\n  web: {image: *app}\n  job: {image: *app}\n")
	defer os.RemoveAll(dir)

	project, err := compose.Load(context.Background(), compose.Options{WorkDir: dir})
	if err != nil {
		log.Fatal(err)
	}
	pins := compose.Pins{}
	for _, image := range project.Images {
		pins[image.Path] = compose.Pin{Ref: "registry.example/shop@sha256:5f70bf18a086", InPlace: true}
	}
	files, err := project.Pin(context.Background(), pins)
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range files {
		fmt.Printf("# %s\n%s", file.Name, file.Content)
	}
	// Output:
	// # compose.yaml
	// x-image: &app 'registry.example/shop@sha256:5f70bf18a086'   # built nightly
	// services:
	//   web: {image: *app}
	//   job: {image: *app}
}

// A Pinner pins a project for several platforms.
func ExamplePinner() {
	dir := folder("compose.yaml", "services:\n  web: {image: nginx}\n")
	defer os.RemoveAll(dir)

	project, err := compose.Load(context.Background(), compose.Options{WorkDir: dir})
	if err != nil {
		log.Fatal(err)
	}
	pinner, err := project.Pinner(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, digest := range []string{"sha256:aaaa", "sha256:bbbb"} {
		files, err := pinner.Pin(context.Background(), compose.Pins{
			"services.web.image": {Ref: "registry.example/web@" + digest, InPlace: true},
		})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s", files[0].Content)
	}
	// Output:
	// services:
	//   web: {image: registry.example/web@sha256:aaaa}
	// services:
	//   web: {image: registry.example/web@sha256:bbbb}
}

// Open reads a composition from a registry. Its files can refer only to each other.
func ExampleOpen() {
	project, err := compose.Open(context.Background(), []compose.File{
		{Name: "compose.yaml", Content: []byte("services:\n  web: {image: 'nginx:${TAG}'}\n")},
		{Name: compose.PinsFile, Content: []byte("services:\n  web: {image: nginx@sha256:aaaa}\n")},
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(project.Images[0].Ref, project.Images[0].Position)

	_, err = compose.Open(context.Background(), []compose.File{
		{Name: "compose.yaml", Content: []byte("include: [../../etc/secrets.yaml]\n")},
	}, nil)
	fmt.Println(err)
	// Output:
	// nginx@sha256:aaaa image-digests.yaml:2
	// compose.yaml:1: include: reading "../../etc/secrets.yaml": the path leaves the folder of the composition
}

// All problems of a project are reported together, with file and line.
func ExampleErrors() {
	dir := folder("compose.yaml", `services:
  web:
    image: nginx:${TAG}
  api:
    image: api:1
    label_file: api.labels
`)
	defer os.RemoveAll(dir)

	_, err := compose.Load(context.Background(), compose.Options{WorkDir: dir})
	for _, problem := range compose.Errors(err) {
		fmt.Printf("%s [%s] %s\n", problem.Position, problem.Problem, problem.Reason)
	}
	// Output:
	// compose.yaml:3 [variable] image "nginx:${TAG}" needs the variable TAG, which is not set and has no default
	// compose.yaml:6 [file] label_file api.labels can't be packaged: no such file or directory
}

// Values that look like secrets stop a push. Their text is never shown.
func ExampleLoad_secrets() {
	dir := folder("compose.yaml", `services:
  db:
    image: postgres:17
    environment:
      POSTGRES_PASSWORD: hunter2
`)
	defer os.RemoveAll(dir)

	_, err := compose.Load(context.Background(), compose.Options{WorkDir: dir})
	fmt.Println(err)
	project, err := compose.Load(context.Background(), compose.Options{WorkDir: dir, AllowSecrets: true})
	fmt.Println(len(project.Images), err)
	// Output:
	// compose.yaml:5: service db: POSTGRES_PASSWORD has a literal value and is named like a secret
	// 1 <nil>
}

// Flatten merges the files of a project into one. Variables stay variables.
func ExampleLoad_flatten() {
	dir := folder(
		"compose.yaml", "include: [shop/compose.yaml]\nservices:\n  web: {image: 'nginx:${TAG:-1.27}'}\n",
		"shop/compose.yaml", "services:\n  shop: {image: shop:1, volumes: ['./data:/data']}\n",
	)
	defer os.RemoveAll(dir)

	project, err := compose.Load(context.Background(), compose.Options{WorkDir: dir, Flatten: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", project.Files[0].Content)
	// Output:
	// services:
	//   shop:
	//     image: shop:1
	//     volumes:
	//       - bind:
	//           create_host_path: true
	//         source: ./shop/data
	//         target: /data
	//         type: bind
	//   web:
	//     image: nginx:${TAG:-1.27}
}

// Variables are those that can be set on the deployment host.
func ExampleProject_variables() {
	dir := folder("compose.yaml", `services:
  web:
    image: nginx:1.27
    environment: {DOMAIN: "${DOMAIN:?}", LOG: "${LEVEL:-info}"}
`)
	defer os.RemoveAll(dir)

	project, err := compose.Load(context.Background(), compose.Options{WorkDir: dir})
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range project.Variables {
		fmt.Printf("%s default=%q required=%t\n", v.Name, v.Default, v.Required)
	}
	// Output:
	// DOMAIN default="" required=true
	// LEVEL default="info" required=false
}

// Standard input can be a project too. Files that Docker Compose reads are carried.
func ExampleProject_carried() {
	dir := folder("proxy.conf", "listen 80\n", "base.yaml", "services: {base: {restart: always}}\n")
	defer os.RemoveAll(dir)

	project, err := compose.Load(context.Background(), compose.Options{
		WorkDir: dir,
		Files:   []string{"-"},
		Stdin: strings.NewReader(`services:
  web:
    image: nginx:1.27
    extends: {file: base.yaml, service: base}
    configs: [proxy]
configs: {proxy: {file: proxy.conf}}
`),
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range project.Carried {
		fmt.Println(file.Name, file.Kind == compose.RestoredFile)
	}
	// Output:
	// base.yaml true
	// proxy.conf true
}

// A Counter shows that loading and pinning a project loads its model twice.
func ExampleWithCounter() {
	dir := folder("compose.yaml", "services:\n  web: {image: nginx}\n")
	defer os.RemoveAll(dir)

	var counter compose.Counter
	ctx := compose.WithCounter(context.Background(), &counter)
	project, err := compose.Load(ctx, compose.Options{WorkDir: dir})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := project.Pin(ctx, compose.Pins{"services.web.image": {Ref: "nginx@sha256:aaaa"}}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(counter.Loads(), counter.Parses())
	// Output: 2 2
}
