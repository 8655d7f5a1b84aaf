package inspect

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/action/publish"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

// tagsAtOnce limits the number of manifests in memory.
const tagsAtOnce = 64

// Contents lists the tags of a store and their targets, in the order of the tags. Unless all is
// set, it lists compositions only, and counts the other tags.
func Contents(ctx context.Context, in store.Store, all bool) (*report.Contents, error) {
	tags, err := publish.Tags(ctx, in)
	if err != nil {
		return nil, err
	}
	entries := make([]report.TagEntry, len(tags))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(tagsAtOnce)
	for i, tag := range tags {
		group.Go(func() (err error) {
			entries[i], err = describeTag(ctx, in, tag)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	contents := &report.Contents{Repository: in.Name(), Tags: []report.TagEntry{}}
	for _, e := range entries {
		if all || e.Kind == report.KindComposition {
			contents.Tags = append(contents.Tags, e)
		} else {
			contents.Others++
		}
	}
	return contents, nil
}

// describeTag describes the target of a tag.
func describeTag(ctx context.Context, in store.Store, tag string) (report.TagEntry, error) {
	m, err := in.Read(ctx, tag)
	if store.IsNotFound(err) {
		return report.TagEntry{Tag: tag, Kind: report.KindMissing}, nil
	}
	if err != nil {
		return report.TagEntry{}, fmt.Errorf("reading %s: %w", session.RefName(in, tag), err)
	}
	entry := report.TagEntry{
		Tag:       tag,
		Reference: session.DigestName(in, m.Descriptor.Digest),
		Digest:    m.Descriptor.Digest.String(),
		MediaType: string(m.Descriptor.MediaType),
	}
	p, err := artifact.Parse(session.RefName(in, tag), artifact.Content(m))
	if err != nil {
		entry.Kind, entry.ArtifactType = kindOf(tag, artifact.Content(m))
		return entry, nil
	}
	entry.Kind, entry.Mode, entry.ArtifactType = report.KindComposition, string(p.Mode), artifact.Type
	entry.Created = p.Annotations[ocispec.AnnotationCreated]
	if p.Subject != nil {
		entry.Subject = p.Subject.Digest.String()
	}
	for _, platform := range p.Platforms() {
		entry.Platforms = append(entry.Platforms, platform.String())
	}
	return entry, nil
}

// referrersTag matches the tags of the referrers tag schema.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema.
var referrersTag = regexp.MustCompile(`^sha(256-[0-9a-f]{64}|512-[0-9a-f]{64,128})$`)

// kindOf returns the kind of something other than a composition, and its artifact type if it has
// one.
func kindOf(tag string, c artifact.Content) (kind, artifactType string) {
	var m struct {
		ArtifactType string        `json:"artifactType"`
		Config       v1.Descriptor `json:"config"`
	}
	if json.Unmarshal(c.Bytes, &m) != nil {
		return report.KindUnreadable, ""
	}
	switch {
	case c.IsIndex() && m.ArtifactType == "" && referrersTag.MatchString(tag):
		return report.KindReferrers, ""
	case m.ArtifactType != "":
		return report.KindArtifact, m.ArtifactType
	case c.IsIndex() || m.Config.MediaType.IsConfig():
		return report.KindImage, ""
	default:
		return report.KindArtifact, string(m.Config.MediaType)
	}
}
