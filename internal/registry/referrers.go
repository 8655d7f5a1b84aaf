package registry

import (
	"net/http"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// serveReferrers lists the manifests with the digest as their subject:
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
//
// A repository that does not exist has none: a registry with this API must not return 404 here.
func (r *Registry) serveReferrers(w http.ResponseWriter, req *http.Request, name, last string) error {
	if !r.referrersAPI {
		return failure(http.StatusNotFound, codeUnsupported, "the registry has no referrers API")
	}
	if !reads(req) {
		return notAllowed(w.Header(), "GET, HEAD")
	}
	subject, err := parseDigest(last)
	if err != nil {
		return err
	}
	list := r.catalog.referrers(name, subject)
	if wanted := req.URL.Query().Get("artifactType"); wanted != "" {
		list = slices.DeleteFunc(list, func(d v1.Descriptor) bool { return d.ArtifactType != wanted })
		w.Header().Set("OCI-Filters-Applied", "artifactType")
	}
	return writeJSON(w, req, string(types.OCIImageIndex), v1.IndexManifest{
		SchemaVersion: 2,
		MediaType:     types.OCIImageIndex,
		Manifests:     list,
	})
}
