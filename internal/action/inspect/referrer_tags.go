package inspect

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

// maxLookedUp is the maximum number of tags that are looked up: each is a
// request.
const maxLookedUp = 100

// A TooManyTagsError reports that a store has too many tags to look up.
type TooManyTagsError struct{ Tags int }

func (e *TooManyTagsError) Error() string {
	return fmt.Sprintf("%d tags are too many, because each needs a request", e.Tags)
}

// AddTags adds to referrers the tags that point at them. It looks up each tag of the store;
// if there are more than a hundred, it adds none and returns a [TooManyTagsError].
func AddTags(ctx context.Context, in store.Store, listing *report.Listing) error {
	if len(listing.Referrers) == 0 {
		return nil
	}
	tags, err := publish.Tags(ctx, in)
	if err != nil {
		return err
	}
	tags = slices.DeleteFunc(tags, referrersTag.MatchString)
	if len(tags) > maxLookedUp {
		return &TooManyTagsError{len(tags)}
	}
	var mu sync.Mutex
	pointing := map[string][]string{}
	group, ctx := errgroup.WithContext(ctx)
	for _, tag := range tags {
		group.Go(func() error {
			d, err := in.Lookup(ctx, tag)
			if store.IsNotFound(err) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			pointing[d.Digest.String()] = append(pointing[d.Digest.String()], tag)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, r := range listing.Referrers {
		listing.Referrers[i].Tags = slices.Sorted(slices.Values(pointing[r.Digest]))
	}
	return nil
}

// markNewest sets the dates of referrers, if known, and marks the newest if several
// have a date.
func markNewest(all []report.Referrer) {
	var newest time.Time
	dated := 0
	for i, r := range all {
		if date, ok := created(r); ok {
			all[i].Created = r.Annotations[ocispec.AnnotationCreated]
			dated++
			if date.After(newest) {
				newest = date
			}
		}
	}
	for i, r := range all {
		date, ok := created(r)
		all[i].Newest = ok && dated > 1 && date.Equal(newest)
	}
}

// created returns the creation date of a referrer, if it has one.
func created(r report.Referrer) (time.Time, bool) {
	date, err := time.Parse(time.RFC3339, r.Annotations[ocispec.AnnotationCreated])
	return date, err == nil
}

// newestFirst sorts referrers from newest to oldest, those without a date last.
func newestFirst(all []report.Referrer) {
	slices.SortStableFunc(all, func(a, b report.Referrer) int {
		x, _ := created(a)
		y, _ := created(b)
		return y.Compare(x)
	})
}
