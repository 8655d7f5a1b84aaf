package referrers

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote/httperr"
)

var errLoop = errors.New("the pages of the list form a loop")

// A page is one response of the referrers API.
type page struct {
	index *index
	next  string // the path and query of the next page, or ""
	err   error  // why the next page is not requested
}

func referrersPath(subject name.Digest, artifactType string) string {
	path := "/v2/" + subject.Context().RepositoryStr() + "/referrers/" + subject.DigestStr()
	if artifactType != "" {
		path += "?" + url.Values{"artifactType": {artifactType}}.Encode()
	}
	return path
}

// fetchPage requests one page. The API is served if the response is 200 with the content
// type of an image index. Neither the status nor a header alone proves anything: proxies
// return 200 with a web page. Some routers return 401 without a challenge for an unknown
// path. An unknown repository is an empty list that proves nothing.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers.
func (c *Client) fetchPage(ctx context.Context, subject name.Digest, path string, b *budget) (page, support, error) {
	a, err := c.send(ctx, subject.Context(), call{
		method: http.MethodGet,
		path:   path,
		header: map[string]string{"Accept": string(types.OCIImageIndex)},
	})
	if err != nil {
		return page{}, unknown, err
	}
	switch {
	case a.status == http.StatusOK && a.mediaType() == types.OCIImageIndex:
	case a.status == http.StatusNotFound && httperr.HasCode(a.err, transport.NameUnknownErrorCode):
		return page{}, unknown, nil
	case a.status == http.StatusUnauthorized && a.header.Get("WWW-Authenticate") != "",
		a.status == http.StatusForbidden, a.temporary():
		return page{}, unknown, a.failure()
	default:
		return page{}, absent, nil
	}

	var p page
	if err = b.takeBytes(len(a.body)); err == nil {
		p.index, err = parseIndex(a.body)
	}
	if err == nil {
		err = b.takeEntries(len(p.index.entries))
	}
	if err != nil {
		return page{}, served, &ListingError{Source: path, Err: err}
	}
	if target := nextLink(a.header.Values("Link")); target != "" {
		asked, err := url.Parse(path)
		if err != nil {
			return page{}, served, &ListingError{Source: path, Err: err}
		}
		asked.Host = subject.RegistryStr()
		if p.next, err = follow(asked, target); err != nil {
			p.err = &ListingError{Source: path, Err: err}
		}
	}
	return p, served, nil
}

// walkAPI reads the pages of a list until visit returns false. It returns whether the API
// is served; visit is called only if it is. A later page that is not an index is an error,
// because a partial list is of no use.
func (c *Client) walkAPI(ctx context.Context, subject name.Digest, artifactType string, b *budget, visit func(*index) (more bool)) (support, error) {
	first := referrersPath(subject, artifactType)
	var p page
	is, err := c.probes.of(subject.RegistryStr()).ask(ctx, func() (is support, err error) {
		p, is, err = c.fetchPage(ctx, subject, first, b)
		return is, err
	})
	if is != served || err != nil {
		return is, err
	}
	asked := map[string]bool{first: true}
	for visit(p.index) && (p.next != "" || p.err != nil) {
		path := p.next
		switch {
		case p.err != nil:
			return served, p.err
		case asked[path]:
			return served, &ListingError{Source: path, Err: errLoop}
		case len(asked) == limits.ReferrerPages:
			return served, &ListingError{Source: path, Err: &limits.Error{What: "pages", Limit: limits.ReferrerPages}}
		}
		asked[path] = true
		if p, is, err = c.fetchPage(ctx, subject, path, b); err != nil {
			return served, err
		}
		if is != served {
			return served, &ListingError{Source: path, Err: errors.New("a page of the list is not an image index")}
		}
	}
	return served, nil
}
