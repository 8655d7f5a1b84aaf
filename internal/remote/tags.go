package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"github.com/google/go-containerregistry/pkg/name"
)

const (
	tagsPage = 1000
	maxTags  = 100_000
)

// ListTags lists the tags of a repository, in the registry's order. It asks for each page
// by the last tag of the one before, as the specification allows, and does not follow
// links, which could lead elsewhere. For a repository that does not exist, IsNotFound holds
// for the error. More than 100,000 tags are an error.
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
	header, raw, err := c.get(ctx, repo, "/v2/"+repo.RepositoryStr()+"/tags/list?"+query.Encode())
	if err != nil {
		return nil, false, err
	}
	var page struct {
		Tags []string `json:"tags"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return nil, false, fmt.Errorf("reading the list: %w", err)
	}
	return page.Tags, header.Get("Link") != "", nil
}
