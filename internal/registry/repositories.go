package registry

import (
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// repository is the content of one repository. The catalog's lock guards it.
type repository struct {
	blobs     map[v1.Hash]int64 // size in bytes
	manifests map[v1.Hash]*manifest
	tags      map[string]v1.Hash
	referrers map[v1.Hash]map[v1.Hash]bool // subject → manifests
}

func (repo *repository) resolve(ref reference) v1.Hash {
	if ref.tag != "" {
		return repo.tags[ref.tag]
	}
	return ref.digest
}

func (repo *repository) insert(m *manifest) {
	repo.forget(m.digest)
	repo.manifests[m.digest] = m
	if m.subject == nil {
		return
	}
	if repo.referrers[*m.subject] == nil {
		repo.referrers[*m.subject] = make(map[v1.Hash]bool)
	}
	repo.referrers[*m.subject][m.digest] = true
}

// forget removes a manifest, if it exists.
func (repo *repository) forget(digest v1.Hash) {
	old, ok := repo.manifests[digest]
	if !ok {
		return
	}
	delete(repo.manifests, digest)
	if old.subject == nil {
		return
	}
	delete(repo.referrers[*old.subject], digest)
	if len(repo.referrers[*old.subject]) == 0 {
		delete(repo.referrers, *old.subject)
	}
}

// complete returns an error if neither the repository nor the base has content that the manifest refers to.
func (repo *repository) complete(m *manifest, base Base) error {
	missing := &apiError{status: http.StatusBadRequest}
	for _, need := range m.needs {
		size, ok := repo.blobs[need.Digest]
		if need.manifest {
			var child *manifest
			if child, ok = repo.manifests[need.Digest]; ok {
				size = child.size
			}
		} else if !ok {
			size, ok = baseSize(base, need.Digest)
		}
		switch {
		case !ok:
			missing.errors = append(missing.errors, errorEntry{
				Code:    codeManifestBlobUnknown,
				Message: "the manifest refers to content that the repository does not have",
				Detail:  map[string]string{"digest": need.Digest.String()},
			})
		case size != need.Size:
			missing.errors = append(missing.errors, errorEntry{
				Code:    codeSizeInvalid,
				Message: "the manifest refers to content with a wrong size",
				Detail:  map[string]any{"digest": need.Digest.String(), "size": size, "named": need.Size},
			})
		}
	}
	if len(missing.errors) > 0 {
		return missing
	}
	return nil
}
