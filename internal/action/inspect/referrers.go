package inspect

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/referrers"
)

// ListOptions select the referrers to list.
type ListOptions struct {
	// ArtifactType is the only type to list; empty: all.
	ArtifactType string
	// Platform lists only referrers of the image's manifest for it; nil: all.
	Platform *v1.Platform
}

// Referrers lists the referrers of an image's index and of the manifests of its platforms, in the
// order of the index and newest first. It counts those of other types.
func Referrers(ctx context.Context, at session.Location, options ListOptions) (*report.Listing, error) {
	tree, err := at.Store.Referrers(ctx, at.Ref) // all, to count the others
	if err != nil {
		return nil, err
	}
	listing := &report.Listing{Image: *subjectReport(at.Store, &tree.Descriptor), Referrers: []report.Referrer{}}
	for _, node := range chosenNodes(tree, options.Platform) {
		first := len(listing.Referrers)
		for _, referrer := range node.Referrers {
			if options.ArtifactType != "" && referrer.Descriptor.ArtifactType != options.ArtifactType {
				listing.Others++
				continue
			}
			listing.Referrers = append(listing.Referrers, referrerReport(at, node.Descriptor, referrer.Descriptor))
		}
		newestFirst(listing.Referrers[first:])
	}
	markNewest(listing.Referrers)
	return listing, nil
}

// chosenNodes returns the root and its children, or, for a platform, the child that runs on it. A
// single-manifest image is for any platform.
func chosenNodes(tree *referrers.Node, platform *v1.Platform) []*referrers.Node {
	if platform == nil || len(tree.Children) == 0 {
		return append([]*referrers.Node{tree}, tree.Children...)
	}
	for _, want := range artifact.Runnable(*platform) {
		for _, child := range tree.Children {
			if p := child.Descriptor.Platform; p != nil && artifact.Normalize(*p).Equals(want) {
				return []*referrers.Node{child}
			}
		}
	}
	return nil
}

// referrerReport describes a referrer.
func referrerReport(at session.Location, subject, d v1.Descriptor) report.Referrer {
	result := report.Referrer{
		Reference:    session.DigestName(at.Store, d.Digest),
		Digest:       d.Digest.String(),
		MediaType:    string(d.MediaType),
		ArtifactType: d.ArtifactType,
		Size:         d.Size,
		Annotations:  d.Annotations,
		Subject:      subject.Digest.String(),
	}
	if subject.Platform != nil {
		result.Platform = artifact.Normalize(*subject.Platform).String()
	}
	return result
}
