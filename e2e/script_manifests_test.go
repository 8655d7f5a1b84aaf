package e2e

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/rogpeppe/go-internal/testscript"
)

// tagsOf returns the tags of a repository, sorted; none where it does not exist.
func tagsOf(repo name.Repository) []string {
	tags, err := remote.List(repo, asUser())
	if err != nil {
		return nil
	}
	slices.Sort(tags)
	return tags
}

// removeAll deletes what the tags of a repository reach.
func removeAll(repo name.Repository) error {
	for _, tag := range tagsOf(repo) {
		desc, err := remote.Get(repo.Tag(tag), asUser())
		if err != nil {
			return err
		}
		for _, ref := range append([]name.Reference{repo.Digest(desc.Digest.String())}, children(repo, desc)...) {
			// What several tags reach is gone after the first.
			if _, err := remote.Head(ref, asUser()); err != nil {
				continue
			}
			if err := remote.Delete(ref, asUser()); err != nil {
				return err
			}
		}
	}
	return nil
}

// children are the manifests below an index.
func children(repo name.Repository, desc *remote.Descriptor) []name.Reference {
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

func reference(ts *testscript.TestScript, ref string) name.Reference {
	parsed, err := name.ParseReference(strings.TrimPrefix(ref, "oci://"), name.Insecure)
	ts.Check(err)
	return parsed
}

func repository(ts *testscript.TestScript, repo string) name.Repository {
	parsed, err := name.NewRepository(repo, name.Insecure)
	ts.Check(err)
	return parsed
}

// rawManifest is a manifest as it is.
type rawManifest struct {
	raw       []byte
	mediaType types.MediaType
}

func (m rawManifest) RawManifest() ([]byte, error) { return m.raw, nil }
func (m rawManifest) MediaType() (types.MediaType, error) {
	return cmp.Or(m.mediaType, types.OCIManifestSchema1), nil
}
