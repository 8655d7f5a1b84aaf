package artifact_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
)

var arm64 = v1.Platform{OS: "linux", Architecture: "arm64"}

// Plan a package. The spec lists what it consists of before anything is built, for example
// the images that must be copied first.
func ExampleNewSpec() {
	images := map[string]*artifact.Image{"services.web.image": nginx()}
	spec, err := artifact.NewSpec(shopProject(), images, artifact.Options{
		Repository: repository("registry.example/shop"), Mode: artifact.Bundled,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, image := range spec.Images {
		fmt.Println(image.Origin, image.Services, len(image.Roots))
	}
	// Output: docker.io/library/nginx:1.27 [web] 1
}

// The images must offer the platforms of the package.
func ExampleNewSpec_platform() {
	images := map[string]*artifact.Image{"services.web.image": nginx()}
	_, err := artifact.NewSpec(shopProject(), images, artifact.Options{
		Repository: repository("registry.example/shop"), Mode: artifact.Loose,
		Platforms: []v1.Platform{{OS: "linux", Architecture: "riscv64"}},
	})
	var platform *artifact.PlatformError
	if errors.As(err, &platform) {
		fmt.Println(platform.Reason)
	}
	// Output: images lack a platform
}

// Build a bundle: its index also lists the images, and the Compose files point at the
// package's repository.
func ExampleBuild_bundled() {
	pkg := build(artifact.Options{Mode: artifact.Bundled})
	for _, image := range pkg.Images {
		fmt.Println(image.MediaType)
	}
	for _, file := range files(pkg.Compositions[0]) {
		fmt.Printf("%s", file.Content)
	}
	// Output:
	// application/vnd.oci.image.index.v1+json
	// services:
	//   web: {image: registry.example/shop@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}
}

// Build a flat bundle, for registries and clients without support for nested indexes.
func ExampleBuild_flat() {
	pkg := build(artifact.Options{Mode: artifact.Bundled, Flat: true})
	for _, image := range pkg.Images {
		fmt.Println(image.MediaType)
	}
	fmt.Println("indexes with a tag:", len(pkg.Indexes))
	// Output:
	// application/vnd.oci.image.manifest.v1+json
	// application/vnd.oci.image.manifest.v1+json
	// indexes with a tag: 1
}

// Attach a package to an image: the subject of the index is the image's index, and the
// subject of each composition is the manifest of its platform.
func ExampleBuild_attached() {
	image := nginx()
	pkg := build(artifact.Options{Mode: artifact.Loose, Subject: image})
	fmt.Println(pkg.Subject.Digest == image.Root.Descriptor.Digest)
	fmt.Println(pkg.Compositions[1].Subject().Digest == image.On(arm64)[0].Digest)
	// Output:
	// true
	// true
}

// Build a package for Margo devices: one manifest with one archive.
func ExampleBuild_margo() {
	pkg := build(artifact.Options{Mode: artifact.Loose, Format: artifact.MargoFormat, Tag: "1.0.0"})
	archive, _, err := pkg.Compositions[0].Archive()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pkg.IsIndex(), pkg.Compositions[0].Manifest.ArtifactType)
	fmt.Println(archive.MediaType)
	// Output:
	// false application/vnd.org.margo.component.compose+json
	// application/vnd.org.margo.component.compose.tar+gzip
}

// Build a package for a registry that rejects OCI 1.1: one portable manifest, recognized by
// the media type of its config.
func ExampleBuild_legacy() {
	pkg := build(artifact.Options{Mode: artifact.Loose, Legacy: true})
	manifest := pkg.Compositions[0].Manifest
	fmt.Printf("%q %s\n", manifest.ArtifactType, manifest.Config.MediaType)
	// Output: "" application/vnd.docker.compose.config.empty.v1+json
}

// Select the composition for a platform. A device takes the best one that it can run.
func ExamplePackage_Select() {
	pkg := build(artifact.Options{Mode: artifact.Loose, NoPortable: true})
	c, err := pkg.Select(arm64)
	fmt.Println(c.Platform, err)
	_, err = pkg.Select(v1.Platform{OS: "linux", Architecture: "riscv64"})
	var missing *artifact.NotFoundError
	fmt.Println(errors.As(err, &missing))
	// Output:
	// linux/arm64 <nil>
	// true
}

// Copy a bundle to another repository: only the references to its images change.
func ExamplePackage_Relocate() {
	ctx := context.Background()
	pkg := build(artifact.Options{Mode: artifact.Bundled, Platforms: []v1.Platform{arm64}, NoPortable: true})
	var projects []*compose.Project
	for _, c := range pkg.Compositions {
		project, err := compose.Open(ctx, files(c), nil)
		if err != nil {
			log.Fatal(err)
		}
		projects = append(projects, project)
	}

	spec, err := pkg.Relocate(artifact.Relocation{Repository: repository("mirror.example/shop"), Projects: projects})
	if err != nil {
		log.Fatal(err)
	}
	copied, err := artifact.Build(ctx, spec)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("same images:", copied.Images[0].Digest == pkg.Images[0].Digest)
	fmt.Printf("%s", files(copied.Compositions[0])[0].Content)
	// Output:
	// same images: true
	// services:
	//   web: {image: mirror.example/shop@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}
}

// Replace the content of a file of a composition; the other files are kept.
func ExampleComposition_WithFiles() {
	c := build(artifact.Options{Mode: artifact.Loose}).Compositions[0]
	file := files(c)[0]
	file.Content = []byte("services:\n  web: {image: nginx:1.27, restart: always}\n")
	changed, err := c.WithFiles([]compose.File{file})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", files(changed)[0].Content)
	fmt.Println(changed.Descriptor.Digest == c.Descriptor.Digest)
	// Output:
	// services:
	//   web: {image: nginx:1.27, restart: always}
	// false
}

// Find the manifests of an image that run on a platform, and trim its index to some
// platforms.
func ExampleImage() {
	image := nginx()
	fmt.Println(image.Platforms())
	fmt.Println(image.On(arm64)[0].Digest.Hex[:4], image.Offers(v1.Platform{OS: "windows", Architecture: "amd64"}))
	trimmed, err := image.Trim([]v1.Platform{arm64})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(image.Root.Listed()), len(trimmed.Listed()))
	// Output:
	// [linux/amd64 linux/arm64]
	// bbbb false
	// 2 1
}

// A composition is not an image.
func ExampleNewImage() {
	_, err := artifact.NewImage("registry.example/shop:1.0", build(artifact.Options{Mode: artifact.Loose}).Content(), nil)
	fmt.Println(err, errors.Is(err, artifact.ErrComposition))
	// Output: it is a composition, not a container image true
}

// Describe what a registry returned.
func ExampleKind() {
	image := artifact.Content{
		Descriptor: v1.Descriptor{MediaType: types.OCIManifestSchema1},
		Bytes:      []byte(`{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json"}}`),
	}
	fmt.Println(artifact.Kind(image))
	fmt.Println(artifact.Kind(build(artifact.Options{Mode: artifact.Loose}).Content()))
	// Output:
	// a container image false
	// a composition true
}

// Whether a registry that rejected a manifest supports only OCI 1.0 is found out by pushing
// its twin.
func ExampleLegacyTwin() {
	c := build(artifact.Options{Mode: artifact.Loose}).Compositions[0]
	twin, ok := artifact.LegacyTwin(c.Content())
	fmt.Println(ok, artifact.TypeOf(twin))
	// Output: true application/vnd.docker.compose.project
}

// Platforms are compared in normalized form.
func ExampleParsePlatform() {
	for _, s := range []string{"linux/amd64", "Linux/aarch64", "linux/arm/v7", "linux"} {
		p, err := artifact.ParsePlatform(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(p)
	}
	// Output:
	// linux/amd64
	// linux/arm64
	// linux/arm/v7
	// platform "linux" is not of the form os/architecture[/variant], such as linux/arm64
}

// A newer processor runs images of older variants.
func ExampleRunnable() {
	fmt.Println(artifact.Runnable(v1.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}))
	// Output: [linux/arm/v7 linux/arm/v6 linux/arm/v5]
}

// References are parsed as Docker does, and printed in full.
func ExampleParseReference() {
	ref, err := artifact.ParseReference("nginx")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(artifact.ReferenceName(ref))
	fmt.Println(artifact.RepositoryName(ref.Context()))
	// Output:
	// docker.io/library/nginx:latest
	// docker.io/library/nginx
}

// files returns the files of a composition that was built. Blobs has their content.
func files(c artifact.Composition) []compose.File {
	layers, err := c.Layers()
	if err != nil {
		log.Fatal(err)
	}
	blobs, err := c.Blobs()
	if err != nil {
		log.Fatal(err)
	}
	var all []compose.File
	for _, layer := range layers {
		for _, blob := range blobs {
			if blob.Descriptor.Digest == layer.Descriptor.Digest {
				layer.File.Content = blob.Bytes
			}
		}
		all = append(all, layer.File)
	}
	return all
}
