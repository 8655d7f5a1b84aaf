package referrers

import (
	"context"
	"regexp"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/remote/httperr"
)

// headsAtOnce limits the manifests that are checked concurrently.
const headsAtOnce = 8

// gone returns the manifests that are no longer in the repository. If a check fails, the
// manifest counts as present.
func (c *Client) gone(ctx context.Context, repo name.Repository, digests []string) map[string]bool {
	var (
		mu     sync.Mutex
		absent = map[string]bool{}
		group  errgroup.Group
	)
	group.SetLimit(headsAtOnce)
	for _, digest := range digests {
		group.Go(func() error {
			_, err := c.registries.HeadManifest(ctx, repo.Digest(digest))
			if httperr.IsNotFound(err) {
				mu.Lock()
				defer mu.Unlock()
				absent[digest] = true
			}
			return nil
		})
	}
	_ = group.Wait()
	return absent
}

var digestInText = regexp.MustCompile(`\b[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}\b`)

// dropDangling removes the entries for which the registry rejected the list: those of
// deleted manifests. It first checks the manifests that the response names, then all. If
// none is gone, it waits.
func (u *update) dropDangling(ctx context.Context, a *answer, next *index) error {
	named := map[string]bool{}
	for _, digest := range digestInText.FindAllString(string(a.body), 100) {
		named[digest] = true
	}
	var first, others []string
	for _, e := range next.entries {
		switch {
		case !e.ok:
		case named[e.digest]:
			first = append(first, e.digest)
		default:
			others = append(others, e.digest)
		}
	}
	repo := u.subject.Context()
	gone, err := u.gone(ctx, first)
	if err == nil && len(gone) == 0 {
		gone, err = u.gone(ctx, others)
	}
	if err != nil {
		return err
	}
	if len(gone) == 0 {
		// All are there: the registry misses one for a moment, as docker-registry does while
		// the same manifest is written again.
		if u.missed++; u.missed > maxMissed {
			return u.unsettled(a.failure())
		}
		return u.c.sleep(ctx, u.backoff(u.missed))
	}
	for digest := range gone {
		if _, own := u.add[digest]; own {
			return &VanishedError{Ref: repo.Digest(digest)}
		}
		u.drop[digest] = true
		delete(u.st.seen, digest)
	}
	return nil
}
