package artifact

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/referrers"
)

// A Listing is what refers to an image: to its root, and to each platform of
// it. Its JSON is a contract.
type Listing struct {
	Image     SubjectReport    `json:"image"`
	Referrers []ReferrerReport `json:"referrers"`
}

// A ReferrerReport is one manifest that refers to an image.
type ReferrerReport struct {
	Reference    string            `json:"reference"`
	Digest       string            `json:"digest"`
	MediaType    string            `json:"mediaType"`
	ArtifactType string            `json:"artifactType"`
	Size         int64             `json:"size"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	// Subject is the digest that it refers to: the image's root, or a platform's.
	Subject string `json:"subject"`
	// Platform is the subject's; absent where that is the root of several.
	Platform string `json:"platform,omitempty"`
}

// ListOptions say which referrers are listed.
type ListOptions struct {
	// ArtifactType is the only type to list; empty: all.
	ArtifactType string
	// Platform lists only what refers to the image's manifest for it; nil: all.
	Platform *v1.Platform
}

// Referrers lists what refers to an image, to its index and to the manifests of
// its platforms, in the order of the index.
func (r *Remote) Referrers(ctx context.Context, image name.Reference, options ListOptions) (*Listing, error) {
	root, err := r.client.GetManifest(ctx, image)
	if err != nil {
		return nil, err
	}
	repo := image.Context()
	var filter []referrers.ListOption
	if options.ArtifactType != "" {
		filter = append(filter, referrers.WithArtifactType(options.ArtifactType))
	}
	tree, err := r.referrers.ListTree(ctx, repo.Digest(root.Descriptor.Digest.String()), filter...)
	if err != nil {
		return nil, err
	}
	listing := &Listing{Image: *subjectReport(repo, &tree.Descriptor), Referrers: []ReferrerReport{}}
	for _, node := range chosenNodes(tree, options.Platform) {
		for _, referrer := range node.Referrers {
			listing.Referrers = append(listing.Referrers, referrerReport(repo, node.Descriptor, referrer.Descriptor))
		}
	}
	return listing, nil
}

// chosenNodes are the root and its children, or, for a platform, the child that
// runs on it; an image of one manifest is for any.
func chosenNodes(tree *referrers.Node, platform *v1.Platform) []*referrers.Node {
	if platform == nil || len(tree.Children) == 0 {
		return append([]*referrers.Node{tree}, tree.Children...)
	}
	for _, want := range runnable(*platform) {
		for _, child := range tree.Children {
			if p := child.Descriptor.Platform; p != nil && normal(*p).Equals(want) {
				return []*referrers.Node{child}
			}
		}
	}
	return nil
}

// referrerReport tells what a referrer is.
func referrerReport(repo name.Repository, subject, d v1.Descriptor) ReferrerReport {
	report := ReferrerReport{
		Reference:    DigestName(repo, d.Digest),
		Digest:       d.Digest.String(),
		MediaType:    string(d.MediaType),
		ArtifactType: d.ArtifactType,
		Size:         d.Size,
		Annotations:  d.Annotations,
		Subject:      subject.Digest.String(),
	}
	if subject.Platform != nil {
		report.Platform = normal(*subject.Platform).String()
	}
	return report
}
