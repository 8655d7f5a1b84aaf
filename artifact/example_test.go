package artifact_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
)

// nginx is the image nginx:1.27, with an index like the one its registry returns.
func nginx() *artifact.Image {
	entry := `{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":480,"digest":"sha256:%s","platform":{"os":"linux","architecture":"%s"}}`
	raw := []byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[` +
		fmt.Sprintf(entry, strings.Repeat("a", 64), "amd64") + "," +
		fmt.Sprintf(entry, strings.Repeat("b", 64), "arm64") + "]}")
	digest, size, err := v1.SHA256(bytes.NewReader(raw))
	if err != nil {
		log.Fatal(err)
	}
	root := artifact.Content{Descriptor: v1.Descriptor{MediaType: types.OCIImageIndex, Digest: digest, Size: size}, Bytes: raw}
	// The index has every platform, so no other manifest must be read.
	image, err := artifact.NewImage("docker.io/library/nginx:1.27", root, nil)
	if err != nil {
		log.Fatal(err)
	}
	return image
}

// shopProject is a project with one service.
func shopProject() *compose.Project {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "compose.yaml"), []byte("services:\n  web: {image: nginx:1.27}\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	project, err := compose.Load(context.Background(), compose.Options{WorkDir: dir})
	if err != nil {
		log.Fatal(err)
	}
	return project
}

// repository parses the name of a repository.
func repository(repo string) name.Repository {
	parsed, err := name.NewRepository(repo)
	if err != nil {
		log.Fatal(err)
	}
	return parsed
}

// build builds the package of the shop for registry.example/shop.
func build(options artifact.Options) *artifact.Package {
	options.Repository = repository("registry.example/shop")
	images := map[string]*artifact.Image{"services.web.image": nginx()}
	spec, err := artifact.NewSpec(shopProject(), images, options)
	if err != nil {
		log.Fatal(err)
	}
	pkg, err := artifact.Build(context.Background(), spec)
	if err != nil {
		log.Fatal(err)
	}
	return pkg
}

// Build a package of a project, with a composition for each platform of its images.
func ExampleBuild() {
	pkg := build(artifact.Options{Mode: artifact.Loose})
	fmt.Println(pkg.Mode, pkg.IsIndex())
	for _, c := range pkg.Compositions {
		layers, err := c.Layers()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(c.Platform, len(layers))
	}
	// Output:
	// loose true
	// linux/amd64 2
	// linux/arm64 2
	// <nil> 2
}

// Parse a package as a registry returns it, and select the composition for a platform.
func ExampleParse() {
	built := build(artifact.Options{Mode: artifact.Loose})

	pkg, err := artifact.Parse("registry.example/shop:1.0", built.Content())
	if err != nil {
		log.Fatal(err)
	}
	c, err := pkg.Select(v1.Platform{OS: "linux", Architecture: "arm64"})
	if err != nil {
		log.Fatal(err)
	}
	// The index has only the descriptor of the composition: fetch the manifest.
	manifest := built.Compositions[1].Content()
	if c, err = c.Read("registry.example/shop:1.0", manifest); err != nil {
		log.Fatal(err)
	}
	layers, err := c.Layers()
	if err != nil {
		log.Fatal(err)
	}
	for _, layer := range layers {
		fmt.Println(layer.File.Name, layer.Descriptor.MediaType)
	}
	// Output:
	// compose.yaml application/vnd.docker.compose.file+yaml
	// image-digests.yaml application/vnd.docker.compose.file+yaml
}
