package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/go-containerregistry/pkg/name"
)

const (
	tagsPage  = 1000
	maxTags   = 100_000
	tagsLimit = 4 << 20 // bytes of one page
)

// ListTags lists the tags of a repository, in the registry's order. It follows
// the pages by the last tag of each, as the specification allows, and not by
// links, which could lead elsewhere. A repository that does not exist is an
// error for which IsNotFound holds; so is a list of more than 100,000 tags.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags.
func (c *Client) ListTags(ctx context.Context, repo name.Repository) ([]string, error) {
	var all []string
	last := ""
	for {
		tags, more, err := c.tagsAfter(ctx, repo, last)
		if err != nil {
			return nil, fmt.Errorf("listing the tags of %q: %w", repo.Name(), err)
		}
		all = append(all, tags...)
		if !more || len(tags) == 0 || tags[len(tags)-1] == last {
			return all, nil
		}
		if len(all) > maxTags {
			return nil, fmt.Errorf("listing the tags of %q: there are more than %d", repo.Name(), maxTags)
		}
		last = tags[len(tags)-1]
	}
}

// tagsAfter asks for one page of tags, and tells whether there are more.
func (c *Client) tagsAfter(ctx context.Context, repo name.Repository, last string) ([]string, bool, error) {
	query := url.Values{"n": {strconv.Itoa(tagsPage)}}
	if last != "" {
		query.Set("last", last)
	}
	req, err := request(http.MethodGet, "/v2/"+repo.RepositoryStr()+"/tags/list?"+query.Encode())
	if err != nil {
		return nil, false, err
	}
	res, raw, err := c.fetch(ctx, repo, req, tagsLimit)
	if err != nil {
		return nil, false, err
	}
	var page struct {
		Tags []string `json:"tags"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return nil, false, fmt.Errorf("reading the list: %w", err)
	}
	return page.Tags, res.Header.Get("Link") != "", nil
}
