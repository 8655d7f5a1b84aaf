package referrers

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/opencontainers/go-digest"

	"github.com/ocompose/ocompose/internal/limits"
)

// A manifest has the fields of an image manifest or image index that lists of referrers
// need.
type manifest struct {
	MediaType    types.MediaType   `json:"mediaType"`
	ArtifactType string            `json:"artifactType"`
	Annotations  map[string]string `json:"annotations"`
	Subject      *struct {
		Digest string `json:"digest"`
	} `json:"subject"`
	Config *struct {
		MediaType types.MediaType `json:"mediaType"`
	} `json:"config"`
	Manifests []json.RawMessage `json:"manifests"`
}

func parseManifest(raw []byte) (manifest, error) {
	var m manifest
	if err := limits.Decode(raw, &m); err != nil {
		return manifest{}, fmt.Errorf("parsing manifest: %w", err)
	}
	return m, nil
}

// artifactType returns the type that the manifest is listed with: its own, otherwise the
// config media type of an image manifest. An index without an artifactType has none.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers.
func (m manifest) artifactType() string {
	if m.ArtifactType != "" || m.Config == nil {
		return m.ArtifactType
	}
	return string(m.Config.MediaType)
}

// subjectIn returns the manifest's subject, which is in the same repository, or
// [ErrNoSubject].
func (m manifest) subjectIn(repo name.Repository) (name.Digest, error) {
	if m.Subject == nil || m.Subject.Digest == "" {
		return name.Digest{}, ErrNoSubject
	}
	if err := digest.Digest(m.Subject.Digest).Validate(); err != nil {
		return name.Digest{}, fmt.Errorf("parsing subject %q: %w", m.Subject.Digest, err)
	}
	return repo.Digest(m.Subject.Digest), nil
}

// describe returns the descriptor that a manifest is listed with.
func (m manifest) describe(mediaType types.MediaType, raw []byte) (v1.Descriptor, error) {
	hash, size, err := v1.SHA256(bytes.NewReader(raw))
	if err != nil {
		return v1.Descriptor{}, fmt.Errorf("digesting manifest: %w", err)
	}
	return v1.Descriptor{
		MediaType:    mediaType,
		Size:         size,
		Digest:       hash,
		ArtifactType: m.artifactType(),
		Annotations:  m.Annotations,
	}, nil
}

// Describe returns the descriptor with which a manifest or index is listed among the
// referrers of its subject, and the digest of that subject: the zero Hash if it has none.
// It is for programs that store referrers outside a registry. It fails if raw is not valid
// JSON or its subject has an invalid digest.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers.
func Describe(mediaType types.MediaType, raw []byte) (d v1.Descriptor, subject v1.Hash, err error) {
	m, err := parseManifest(raw)
	if err != nil {
		return v1.Descriptor{}, v1.Hash{}, err
	}
	if m.Subject != nil {
		if subject, err = v1.NewHash(m.Subject.Digest); err != nil {
			return v1.Descriptor{}, v1.Hash{}, err
		}
	}
	d, err = m.describe(mediaType, raw)
	return d, subject, err
}
