package remote

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strconv"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// tagsPage is the number of tags per page.
const tagsPage = 1000

// tagForm matches valid tags. Any other string would change the path.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests.
var tagForm = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

// ListTags lists the tags of a repository, in the registry's order. It requests each page
// with the last tag of the previous page, as the specification allows, and does not follow
// links, which could point elsewhere. The error for a missing repository satisfies
// IsNotFound. More tags or pages than [limits.Tags] and [limits.TagPages] are an error.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags.
func (c *Client) ListTags(ctx context.Context, repo name.Repository) ([]string, error) {
	var all []string
	last := ""
	for page := 1; ; page++ {
		tags, more, err := c.tagsAfter(ctx, repo, last)
		if err != nil {
			return nil, fmt.Errorf("listing the tags of %q: %w", repo.Name(), err)
		}
		all = append(all, tags...)
		switch {
		case len(all) > limits.Tags:
			err = &limits.Error{What: "tags", Limit: limits.Tags}
		case !more || len(tags) == 0 || tags[len(tags)-1] == last:
			return all, nil
		case page == limits.TagPages:
			err = &limits.Error{What: "pages of tags", Limit: limits.TagPages}
		}
		if err != nil {
			return nil, fmt.Errorf("listing the tags of %q: %w", repo.Name(), err)
		}
		last = tags[len(tags)-1]
	}
}

// tagsAfter requests one page of tags, and reports whether there are more.
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
	if err := limits.Decode(raw, &page); err != nil {
		return nil, false, fmt.Errorf("reading the list: %w", err)
	}
	for _, tag := range page.Tags {
		if !tagForm.MatchString(tag) {
			return nil, false, fmt.Errorf("reading the list: %q is not a tag", httperr.CleanText(tag))
		}
	}
	return page.Tags, header.Get("Link") != "", nil
}
