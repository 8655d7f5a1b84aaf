package registrytest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"
)

// Parse parses a reference to a registry on this machine.
func Parse(t testing.TB, ref string) name.Reference {
	t.Helper()
	parsed, err := name.ParseReference(ref, name.Insecure)
	require.NoError(t, err)
	return parsed
}

// Fetch reads all manifests, configs and layers of an index or image from its repository, verifies each,
// and returns how many there are.
func Fetch(t testing.TB, ref string) int {
	t.Helper()
	n, err := Reach(Parse(t, ref))
	require.NoError(t, err)
	return n
}

// Reach is Fetch for content that may be incomplete.
func Reach(ref name.Reference) (int, error) {
	desc, err := remote.Get(ref)
	if err != nil {
		return 0, err
	}
	var manifest struct {
		Manifests, Layers []v1.Descriptor
		Config            *v1.Descriptor
	}
	if err := json.Unmarshal(desc.Manifest, &manifest); err != nil {
		return 0, err
	}
	n := 1
	for _, child := range manifest.Manifests {
		below, err := Reach(ref.Context().Digest(child.Digest.String()))
		if err != nil {
			return 0, err
		}
		n += below
	}
	blobs := manifest.Layers
	if manifest.Config != nil {
		blobs = append(blobs, *manifest.Config)
	}
	for _, blob := range blobs {
		layer, err := remote.Layer(ref.Context().Digest(blob.Digest.String()))
		if err != nil {
			return 0, err
		}
		content, err := layer.Compressed()
		if err != nil {
			return 0, err
		}
		size, err := io.Copy(io.Discard, content)
		if err := errors.Join(err, content.Close()); err != nil {
			return 0, fmt.Errorf("reading %s: %w", blob.Digest, err)
		}
		if size != blob.Size {
			return 0, fmt.Errorf("%s has %d bytes instead of %d", blob.Digest, size, blob.Size)
		}
		n++
	}
	return n, nil
}

// IsNotFound reports whether an error is a registry's 404.
func IsNotFound(err error) bool {
	var status *transport.Error
	return errors.As(err, &status) && status.StatusCode == http.StatusNotFound
}

// Digest returns the digest of the manifest that a reference points to.
func Digest(t testing.TB, ref string) string {
	t.Helper()
	desc, err := remote.Head(Parse(t, ref))
	require.NoError(t, err)
	return desc.Digest.String()
}

// Erase is RemoveAll for repositories that must not be empty, and checks that their tags are gone.
func Erase(t testing.TB, repos ...string) {
	t.Helper()
	for _, repo := range repos {
		parsed, err := name.NewRepository(repo, name.Insecure)
		require.NoError(t, err)
		tags := Tags(parsed)
		require.NotEmpty(t, tags, "%s is empty", repo)
		require.NoError(t, RemoveAll(parsed))
		for _, tag := range tags {
			_, err := remote.Head(parsed.Tag(tag))
			require.True(t, IsNotFound(err), "%s:%s still exists: %v", repo, tag, err)
		}
	}
}

// Tags returns the tags of a repository, sorted; none if it does not exist.
func Tags(repo name.Repository, opts ...remote.Option) []string {
	tags, err := remote.List(repo, opts...)
	if err != nil {
		return nil
	}
	slices.Sort(tags)
	return tags
}

// RemoveAll deletes the manifests of a repository's tags, and those that an index among them lists.
func RemoveAll(repo name.Repository, opts ...remote.Option) error {
	for _, tag := range Tags(repo, opts...) {
		desc, err := remote.Get(repo.Tag(tag), opts...)
		if err != nil {
			return err
		}
		for _, ref := range append([]name.Reference{repo.Digest(desc.Digest.String())}, Children(repo, desc)...) {
			// A manifest with several tags is gone after the first.
			if _, err := remote.Head(ref, opts...); err != nil {
				continue
			}
			if err := remote.Delete(ref, opts...); err != nil {
				return err
			}
		}
	}
	return nil
}

// Children returns references to the manifests that an index lists.
func Children(repo name.Repository, desc *remote.Descriptor) []name.Reference {
	if !desc.MediaType.IsIndex() {
		return nil
	}
	var index v1.IndexManifest
	if json.Unmarshal(desc.Manifest, &index) != nil {
		return nil
	}
	var all []name.Reference
	for _, m := range index.Manifests {
		all = append(all, repo.Digest(m.Digest.String()))
	}
	return all
}

// Manifest is a manifest or index to push, byte for byte.
type Manifest struct {
	Raw []byte
	// Type is the media type; that of an OCI image manifest if it is empty.
	Type types.MediaType
}

// RawManifest implements remote.Taggable.
func (m Manifest) RawManifest() ([]byte, error) { return m.Raw, nil }

// MediaType returns the media type.
func (m Manifest) MediaType() (types.MediaType, error) {
	return cmp.Or(m.Type, types.OCIManifestSchema1), nil
}
