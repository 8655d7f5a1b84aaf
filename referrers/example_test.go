package referrers_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/referrers"
)

func Example() {
	ctx := context.Background()
	client := referrers.FromKeychain(authn.DefaultKeychain)

	subject, err := name.NewDigest("registry.example.org/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	if err != nil {
		log.Fatal(err)
	}
	// The blobs that the manifest names have been pushed before.
	manifest := fmt.Appendf(nil, `{
		"schemaVersion": 2,
		"mediaType": "application/vnd.oci.image.manifest.v1+json",
		"artifactType": "application/vnd.example.sbom.v1",
		"config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
			"digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
		"layers": [],
		"subject": {"mediaType": "application/vnd.oci.image.index.v1+json", "size": 1024, "digest": %q}
	}`, subject.DigestStr())
	desc, err := client.Push(ctx, subject.Context(), types.OCIManifestSchema1, manifest)
	var rejected *referrers.SubjectRejectedError
	switch {
	case errors.As(err, &rejected):
		log.Fatalf("%s takes OCI 1.0 only", subject.RegistryStr())
	case err != nil:
		log.Fatal(err)
	}
	fmt.Println("attached", desc.Digest)

	sboms, err := client.List(ctx, subject, referrers.WithArtifactType("application/vnd.example.sbom.v1"))
	if err != nil {
		log.Fatal(err)
	}
	for _, sbom := range sboms {
		fmt.Println(sbom.Digest, sbom.Annotations)
	}
}
