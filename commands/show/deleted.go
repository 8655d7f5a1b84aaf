package show

import (
	"github.com/ocompose/ocompose/internal/action/remove"
	"github.com/ocompose/ocompose/internal/report"
)

// Deletion lists what is deleted and what is kept.
func Deletion(d *remove.Deletion) report.Deleted {
	in := d.At.Store.Name() + "@"
	result := report.Deleted{Reference: in + d.Root.String(), Tags: []string{}, Deleted: []string{}, Kept: []string{}}
	for _, tag := range d.Tags {
		result.Tags = append(result.Tags, d.At.Store.Name()+":"+tag)
	}
	for _, m := range d.Manifests {
		result.Deleted = append(result.Deleted, in+m.Digest.String())
	}
	for _, m := range d.Kept {
		result.Kept = append(result.Kept, in+m.Digest.String())
	}
	return result
}
