package registry

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// serveTags: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
func (r *Registry) serveTags(w http.ResponseWriter, req *http.Request, name string) error {
	if !reads(req) {
		return notAllowed(w.Header(), "GET, HEAD")
	}
	all, ok := r.catalog.tags(name)
	if !ok {
		return failure(http.StatusNotFound, codeNameUnknown, "there is no repository %s", name)
	}
	page, err := paginate(w.Header(), req.URL, all)
	if err != nil {
		return err
	}
	return writeJSON(w, req, "application/json", struct {
		Name string   `json:"name"`
		Tags []string `json:"tags"`
	}{name, page})
}

// serveCatalog lists the repositories, as Docker's registry does; it is not part of the specification.
func (r *Registry) serveCatalog(w http.ResponseWriter, req *http.Request) error {
	if !reads(req) {
		return notAllowed(w.Header(), "GET, HEAD")
	}
	page, err := paginate(w.Header(), req.URL, r.catalog.names())
	if err != nil {
		return err
	}
	return writeJSON(w, req, "application/json", struct {
		Repositories []string `json:"repositories"`
	}{page})
}

// lexical compares list entries: ignoring case, and by bytes if that makes no difference.
func lexical(a, b string) int {
	return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
}

// paginate returns the part of a sorted list selected by the query's n and last, and sets Link if there is more.
func paginate(header http.Header, address *url.URL, all []string) ([]string, error) {
	query := address.Query()
	if last := query.Get("last"); last != "" {
		start, found := slices.BinarySearchFunc(all, last, lexical)
		if found {
			start++
		}
		all = all[start:]
	}
	if !query.Has("n") {
		return all, nil
	}
	n, err := strconv.Atoi(query.Get("n"))
	if err != nil || n < 0 {
		return nil, failure(http.StatusBadRequest, codeUnsupported, "%.100q is not a number of results", query.Get("n"))
	}
	if n >= len(all) {
		return all, nil
	}
	page := all[:n]
	if n > 0 {
		next := url.Values{"n": {strconv.Itoa(n)}, "last": {page[n-1]}}
		header.Set("Link", "<"+address.EscapedPath()+"?"+next.Encode()+`>; rel="next"`)
	}
	return page, nil
}
