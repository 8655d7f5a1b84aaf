package signature

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/dir"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/truststore"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/store"
)

// NotationType is the artifactType of Notation's signatures.
//
// See https://github.com/notaryproject/specifications/blob/v1.1.0/specs/signature-specification.md#oci-signatures.
const NotationType = "application/vnd.cncf.notary.signature"

const (
	// maxEnvelopeSize is the maximum size of a signature in bytes.
	maxEnvelopeSize = 4 << 20
	// maxSignatures is the maximum number of signatures that are tried.
	maxSignatures = 50
)

func (p *Policy) checkByNotation(ctx context.Context, s Signed) (Result, error) {
	// Without plug-ins: a policy must not choose programs that are run.
	check, err := verifier.New(p.document, truststore.NewX509TrustStore(dir.NewSysFS(filepath.Dir(p.path))), nil)
	if err != nil {
		return Result{}, fmt.Errorf("reading the signature policy %s: %w", p.path, err)
	}
	signatures := &signaturesOf{signed: s}
	_, outcomes, err := notation.Verify(ctx, check, signatures, notation.VerifyOptions{
		ArtifactReference:    s.Scope + "@" + s.Descriptor.Digest.String(),
		MaxSignatureAttempts: maxSignatures,
	})
	switch {
	case signatures.err != nil:
		return Result{}, fmt.Errorf("reading the signatures of %s: %w", s.name(), signatures.err)
	case ctx.Err() != nil:
		return Result{}, ctx.Err()
	case err != nil && signatures.read == 0 && signatures.listed:
		return Result{}, &Error{s.name(), p.path, errors.New("it has no Notation signature")}
	case err != nil:
		return Result{}, &Error{s.name(), p.path, err}
	}
	result := Result{Skipped: signatures.read == 0, Signature: signatures.last}
	for _, outcome := range outcomes {
		for _, r := range outcome.VerificationResults {
			if r.Error != nil {
				result.Warnings = append(result.Warnings, fmt.Sprintf("%s of the signature: %v", r.Type, r.Error))
			}
		}
		if content := outcome.EnvelopeContent; content != nil && len(content.SignerInfo.CertificateChain) > 0 {
			result.Signer = content.SignerInfo.CertificateChain[0].Subject.String()
		}
	}
	return result, nil
}

// signaturesOf provides the signatures of a manifest to the library.
type signaturesOf struct {
	signed Signed
	listed bool
	read   int    // number of signatures read
	last   string // the digest of the last signature
	err    error  // the reason if they can't be read
}

// Resolve implements registry.Repository.
func (s *signaturesOf) Resolve(context.Context, string) (ocispec.Descriptor, error) {
	return descriptor(s.signed.Descriptor), nil
}

// ListSignatures implements registry.Repository.
func (s *signaturesOf) ListSignatures(ctx context.Context, _ ocispec.Descriptor, fn func([]ocispec.Descriptor) error) error {
	attached, err := s.signed.In.Attached(ctx, s.signed.Descriptor.Digest)
	if err != nil {
		s.err = err
		return err
	}
	s.listed = true
	var found []ocispec.Descriptor
	for _, d := range attached {
		if d.ArtifactType == NotationType {
			found = append(found, descriptor(d))
		}
	}
	return fn(found)
}

// FetchSignatureBlob implements registry.Repository.
func (s *signaturesOf) FetchSignatureBlob(ctx context.Context, d ocispec.Descriptor) ([]byte, ocispec.Descriptor, error) {
	s.read++
	s.last = d.Digest.String()
	content, blob, err := s.envelope(ctx, d)
	var malformed *malformedError
	if errors.As(err, &malformed) || store.IsNotFound(err) {
		// Other users may push to the repository: an invalid signature must not hide valid ones.
		return nil, ocispec.Descriptor{MediaType: d.MediaType}, nil
	}
	if err != nil {
		s.err = err
	}
	return content, blob, err
}

// A malformedError reports that something is not a signature.
type malformedError struct{ reason string }

func (e *malformedError) Error() string { return e.reason }

// envelope reads the signed payload and the signature.
func (s *signaturesOf) envelope(ctx context.Context, d ocispec.Descriptor) ([]byte, ocispec.Descriptor, error) {
	m, err := s.signed.In.Read(ctx, d.Digest.String())
	if err != nil {
		return nil, ocispec.Descriptor{}, err
	}
	var manifest v1.Manifest
	if err := limits.Decode(m.Bytes, &manifest); err != nil {
		return nil, ocispec.Descriptor{}, &malformedError{err.Error()}
	}
	if manifest.Subject == nil || manifest.Subject.Digest != s.signed.Descriptor.Digest || len(manifest.Layers) != 1 {
		return nil, ocispec.Descriptor{}, &malformedError{"it is not a signature with one layer"}
	}
	layer := manifest.Layers[0]
	if layer.Size < 0 || layer.Size > maxEnvelopeSize {
		return nil, ocispec.Descriptor{}, &malformedError{"it is too large"}
	}
	content, err := read(ctx, s.signed.In, layer)
	return content, descriptor(layer), err
}

// read reads a blob, verified.
func read(ctx context.Context, from store.Source, d v1.Descriptor) ([]byte, error) {
	content, err := from.OpenBlob(ctx, d)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
}

// PushSignature implements registry.Repository: nothing is signed here.
func (s *signaturesOf) PushSignature(context.Context, string, []byte, ocispec.Descriptor, map[string]string) (blob, manifest ocispec.Descriptor, err error) {
	return blob, manifest, errors.ErrUnsupported
}

// descriptor is a descriptor in the library's type.
func descriptor(d v1.Descriptor) ocispec.Descriptor {
	return ocispec.Descriptor{
		MediaType: string(d.MediaType), ArtifactType: d.ArtifactType, Digest: digest.Digest(d.Digest.String()), Size: d.Size, Annotations: d.Annotations,
	}
}
