package referrers_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/referrers"
)

const (
	sbomType      = "application/vnd.example.sbom.v1"
	signatureType = "application/vnd.example.signature.v1"
)

// This attaches an SBOM to an image and lists what is attached to it.
func Example() {
	ctx := context.Background()
	host, stop := startRegistry()
	defer stop()
	subject := pushImage(host + "/app") // an image to attach something to

	client := referrers.New()
	manifest := artifactManifest(subject, sbomType)
	pushed, err := client.Push(ctx, subject.Context(), types.OCIManifestSchema1, manifest)
	if err != nil {
		log.Fatal(err)
	}
	found, err := client.List(ctx, subject)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range found {
		fmt.Println(d.ArtifactType, d.Digest == pushed.Digest)
	}
	// Output:
	// application/vnd.example.sbom.v1 true
}

// A client with the credentials of Docker's configuration file and its own transport.
func ExampleNew() {
	client := referrers.New(
		referrers.WithKeychain(authn.DefaultKeychain),
		referrers.WithTransport(&http.Transport{Proxy: http.ProxyFromEnvironment}),
		referrers.WithUserAgent("example/1.0"),
		referrers.WithPlainHTTP(),
		referrers.WithSettle(time.Second),
	)
	subject, err := name.NewDigest("registry.example.org/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = client.List(ctx, subject)
	fmt.Println(errors.Is(err, context.Canceled))
	// Output:
	// true
}

// The manifest has a subject. The blobs that it refers to, here the empty config, must already be
// in the repository.
func ExampleClient_Push() {
	ctx := context.Background()
	host, stop := startRegistry()
	defer stop()
	subject := pushImage(host + "/app")

	manifest := fmt.Appendf(nil, `{
		"schemaVersion": 2,
		"mediaType": "application/vnd.oci.image.manifest.v1+json",
		"artifactType": "application/vnd.example.sbom.v1",
		"config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
			"digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
		"layers": [],
		"subject": {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 239, "digest": %q},
		"annotations": {"org.example.tool": "example 1.0"}
	}`, subject.DigestStr())
	desc, err := referrers.New().Push(ctx, subject.Context(), types.OCIManifestSchema1, manifest)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(desc.MediaType)
	fmt.Println(desc.ArtifactType)
	fmt.Println(desc.Annotations)
	// Output:
	// application/vnd.oci.image.manifest.v1+json
	// application/vnd.example.sbom.v1
	// map[org.example.tool:example 1.0]
}

// A registry without the referrers API is detected automatically: the list is an image
// index under a tag.
func ExampleClient_Push_tagSchema() {
	ctx := context.Background()
	host, stop := startRegistry(registry.WithReferrersAPI(false))
	defer stop()
	subject := pushImage(host + "/app")

	client := referrers.New(referrers.WithSettle(10 * time.Millisecond))
	for _, artifactType := range []string{sbomType, signatureType} {
		if _, err := client.Push(ctx, subject.Context(), types.OCIManifestSchema1, artifactManifest(subject, artifactType)); err != nil {
			log.Fatal(err)
		}
	}
	for _, tag := range tags(host + "/app") {
		fmt.Println(tag, referrers.IsTag(tag))
	}
	found, err := client.List(ctx, subject)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(found), "referrers")
	// Output:
	// image false
	// sha256-0863c47863ba392919102e05113d80d74ba8504a22b2ba2f779ad7e4f38f5d21 true
	// 2 referrers
}

// The descriptors are sorted by artifact type and digest. A subject that does not exist has
// no referrers.
func ExampleClient_List() {
	ctx := context.Background()
	host, stop := startRegistry()
	defer stop()
	subject := pushImage(host+"/app", signatureType, sbomType)

	client := referrers.New()
	found, err := client.List(ctx, subject)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range found {
		fmt.Println(d.ArtifactType)
	}
	none, err := client.List(ctx, subject.Context().Registry.Repo("nothing", "here").Digest(subject.DigestStr()))
	fmt.Println(len(none), err)
	// Output:
	// application/vnd.example.sbom.v1
	// application/vnd.example.signature.v1
	// 0 <nil>
}

func ExampleWithArtifactType() {
	host, stop := startRegistry()
	defer stop()
	subject := pushImage(host+"/app", signatureType, sbomType, sbomType)

	sboms, err := referrers.New().List(context.Background(), subject, referrers.WithArtifactType(sbomType))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(sboms), "SBOMs")
	// Output:
	// 2 SBOMs
}

// The tree of an image index has the referrers of the index and of each manifest in it. The
// root may be a tag.
func ExampleClient_ListTree() {
	ctx := context.Background()
	host, stop := startRegistry()
	defer stop()
	child := pushImage(host+"/app", signatureType)
	index := pushIndex(child, "latest", sbomType)

	tree, err := referrers.New().ListTree(ctx, index.Context().Tag("latest"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tree.Descriptor.MediaType, "has", len(tree.Referrers), "of", tree.Referrers[0].Descriptor.ArtifactType)
	for _, c := range tree.Children {
		fmt.Println(c.Descriptor.MediaType, "has", len(c.Referrers), "of", c.Referrers[0].Descriptor.ArtifactType)
	}
	// Output:
	// application/vnd.oci.image.index.v1+json has 1 of application/vnd.example.sbom.v1
	// application/vnd.oci.image.manifest.v1+json has 1 of application/vnd.example.signature.v1
}

// A signature of an SBOM refers to a manifest that is a referrer itself.
func ExampleWithDepth() {
	ctx := context.Background()
	host, stop := startRegistry()
	defer stop()
	image := pushImage(host+"/app", sbomType)
	client := referrers.New()
	sboms, err := client.List(ctx, image)
	if err != nil {
		log.Fatal(err)
	}
	sbom := image.Context().Digest(sboms[0].Digest.String())
	if _, err := client.Push(ctx, image.Context(), types.OCIManifestSchema1, artifactManifest(sbom, signatureType)); err != nil {
		log.Fatal(err)
	}

	tree, err := client.ListTree(ctx, image, referrers.WithDepth(2))
	if err != nil {
		log.Fatal(err)
	}
	first := tree.Referrers[0]
	fmt.Println(first.Descriptor.ArtifactType)
	fmt.Println("└", first.Referrers[0].Descriptor.ArtifactType)
	// Output:
	// application/vnd.example.sbom.v1
	// └ application/vnd.example.signature.v1
}

func ExampleClient_Delete() {
	ctx := context.Background()
	host, stop := startRegistry()
	defer stop()
	subject := pushImage(host+"/app", sbomType)
	client := referrers.New()
	found, err := client.List(ctx, subject)
	if err != nil {
		log.Fatal(err)
	}
	if err := client.Delete(ctx, subject.Context().Digest(found[0].Digest.String())); err != nil {
		log.Fatal(err)
	}
	found, err = client.List(ctx, subject)
	fmt.Println(len(found), err)
	// Output:
	// 0 <nil>
}

func ExampleTag() {
	subject, err := name.NewDigest("registry.example.org/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(referrers.Tag(subject))
	fmt.Println(referrers.IsTag(referrers.Tag(subject).TagStr()), referrers.IsTag("latest"))
	// Output:
	// registry.example.org/app:sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
	// true false
}

// A registry that supports only OCI 1.0 rejects manifests with a subject.
func ExampleSubjectRejectedError() {
	host, stop := startRegistry()
	defer stop()
	subject := pushImage(host + "/app")
	old, stopOld := startRegistry(registry.WithOCI10(true))
	defer stopOld()
	repo, err := name.NewRepository(old + "/app")
	if err != nil {
		log.Fatal(err)
	}

	_, err = referrers.New().Push(context.Background(), repo, types.OCIManifestSchema1, artifactManifest(subject, sbomType))
	var rejected *referrers.SubjectRejectedError
	if errors.As(err, &rejected) {
		fmt.Println("this registry rejects manifests with a subject")
	}
	// Output:
	// this registry rejects manifests with a subject
}

// A registry that does not support deletion returns an error before anything is changed.
func ExampleDeletionForbiddenError() {
	ctx := context.Background()
	host, stop := startRegistry(registry.WithDelete(false))
	defer stop()
	subject := pushImage(host+"/app", sbomType)
	client := referrers.New()
	found, err := client.List(ctx, subject)
	if err != nil {
		log.Fatal(err)
	}
	err = client.Delete(ctx, subject.Context().Digest(found[0].Digest.String()))
	var forbidden *referrers.DeletionForbiddenError
	fmt.Println(errors.As(err, &forbidden))
	found, err = client.List(ctx, subject)
	fmt.Println(len(found), err)
	// Output:
	// true
	// 1 <nil>
}

// A program that stores referrers elsewhere, such as in an image layout, lists them as a
// registry would.
func ExampleDescribe() {
	raw := []byte(`{
		"schemaVersion": 2,
		"mediaType": "application/vnd.oci.image.index.v1+json",
		"artifactType": "application/vnd.example.sbom.v1",
		"manifests": [],
		"subject": {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 2,
			"digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}
	}`)
	desc, subject, err := referrers.Describe(types.OCIImageIndex, raw)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(desc.ArtifactType, desc.Size)
	fmt.Println(subject)
	fmt.Println(len(referrers.Filter([]v1.Descriptor{desc}, referrers.WithArtifactType(signatureType))))
	// Output:
	// application/vnd.example.sbom.v1 328
	// sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
	// 0
}
