package inspect

import (
	"context"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/picture"
	"github.com/ocompose/ocompose/internal/progress"
	"github.com/ocompose/ocompose/internal/store"
	"github.com/ocompose/ocompose/referrers"
)

// Picture reads a package, its images if they are bundled, and its referrers, and
// returns them as a graph. Compositions whose files can't be read have no images.
func Picture(ctx context.Context, s *session.Session, at session.Location) (*picture.Graph, error) {
	p, err := s.Fetch(ctx, at)
	if err != nil {
		return nil, err
	}
	d := drawing{graph: &picture.Graph{Title: at.String()}, at: at, p: p}
	var tree *referrers.Node
	var opened []opening
	var images session.Collection
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		tree, err = at.Store.Referrers(gctx, p.Digest().String())
		return err
	})
	group.Go(func() (err error) {
		opened, err = openAll(gctx, s, at, p)
		return err
	})
	group.Go(func() (err error) {
		var roots []session.Located
		for _, image := range slices.Concat(p.Images, p.Indexes) {
			roots = append(roots, session.Located{Descriptor: image, In: at.Store})
		}
		images, err = s.Collect(gctx, roots)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	d.drawRoot(tree)
	d.manifests = map[v1.Hash]store.Manifest{}
	for _, m := range images.Manifests {
		d.manifests[m.Descriptor.Digest] = m
	}
	for _, image := range slices.Concat(p.Images, p.Indexes) {
		if err := d.drawImage(image); err != nil {
			return nil, err
		}
	}
	for i, c := range p.Compositions {
		if err := d.drawComposition(c, opened[i].project); err != nil {
			return nil, err
		}
	}
	return d.graph, nil
}

// A drawing is a graph under construction.
type drawing struct {
	graph *picture.Graph
	at    session.Location
	p     *artifact.Package
	// manifests are the manifests of the bundled images.
	manifests map[v1.Hash]store.Manifest
}

// drawRoot draws the tag, the root, its referrers, and those of the manifests that it lists.
func (d drawing) drawRoot(tree *referrers.Node) {
	root := d.p.Content().Descriptor
	kind, title := picture.Composition, platformTitle(d.p.Compositions)
	if d.p.IsIndex() {
		kind, title = picture.Index, string(d.p.Mode)+" composition"
	}
	d.graph.Add("", picture.Node{ID: root.Digest.String(), Kind: kind, Title: title, Lines: []string{shortDigest(root.Digest)}}, "")
	if _, err := v1.NewHash(d.at.Ref); err != nil && d.at.Ref != "" {
		d.graph.Add("", picture.Node{ID: "tag " + d.at.Ref, Kind: picture.Tag, Title: d.at.Ref, Lines: []string{d.at.Store.Name()}}, "")
		d.graph.Link("tag "+d.at.Ref, root.Digest.String(), "")
	}
	d.drawSubject(root.Digest, d.p.Subject)
	var draw func(n *referrers.Node)
	draw = func(n *referrers.Node) {
		for _, r := range n.Referrers {
			id := r.Descriptor.Digest.String()
			d.graph.Add("", picture.Node{ID: id, Kind: picture.Referrer, Title: r.Descriptor.ArtifactType, Lines: []string{shortDigest(r.Descriptor.Digest)}}, "")
			d.graph.Link(id, n.Descriptor.Digest.String(), "refers to")
		}
		for _, child := range n.Children {
			if len(child.Referrers) > 0 {
				draw(child)
			}
		}
	}
	draw(tree)
}

// platformTitle returns the platform of a composition without an index.
func platformTitle(compositions []artifact.Composition) string {
	if len(compositions) == 1 && compositions[0].Platform != nil {
		return compositions[0].Platform.String()
	}
	return "any platform"
}

func (d drawing) drawSubject(of v1.Hash, subject *v1.Descriptor) {
	if subject == nil {
		return
	}
	d.graph.Add(of.String(), picture.Node{
		ID: subject.Digest.String(), Kind: picture.Subject, Title: mediaTitle(subject.MediaType.IsIndex()), Lines: []string{shortDigest(subject.Digest)},
	}, "subject")
}

func mediaTitle(isIndex bool) string {
	if isIndex {
		return "image index"
	}
	return "image manifest"
}

// drawImage draws an image of a bundle, with the manifests of its platforms and their layers.
func (d drawing) drawImage(image v1.Descriptor) error {
	node := picture.Node{
		ID: image.Digest.String(), Kind: picture.Manifest, Title: image.Annotations[artifact.AnnotationImageRef], Lines: []string{shortDigest(image.Digest)},
	}
	if image.MediaType.IsIndex() {
		node.Kind = picture.ImageIndex
	}
	d.graph.Add(d.p.Digest().String(), node, "")
	return d.drawBelow(image.Digest)
}

// drawBelow draws the content of an image's index or manifest, once.
func (d drawing) drawBelow(digest v1.Hash) error {
	m := d.manifests[digest]
	if !m.Descriptor.MediaType.IsIndex() {
		return d.drawLayers(m)
	}
	for _, child := range artifact.Content(m).Listed() {
		title := "no platform"
		if child.Platform != nil {
			title = child.Platform.String()
		}
		node := picture.Node{ID: child.Digest.String(), Kind: picture.Manifest, Title: title, Lines: []string{shortDigest(child.Digest)}}
		d.graph.Add(digest.String(), node, "")
		if _, ok := d.manifests[child.Digest]; ok {
			if err := d.drawBelow(child.Digest); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d drawing) drawLayers(m store.Manifest) error {
	parts, err := graph.Of(m)
	if err != nil {
		return fmt.Errorf("reading %s: %w", session.DigestName(d.at.Store, m.Descriptor.Digest), err)
	}
	var size int64
	for _, blob := range parts.Blobs {
		size += blob.Size
	}
	of := m.Descriptor.Digest.String()
	d.graph.Add(of, picture.Node{
		ID: "layers of " + of, Kind: picture.Layers, Title: fmt.Sprintf("config, layers: %d blobs", len(parts.Blobs)), Lines: []string{progress.Bytes(size)},
	}, "")
	return nil
}

// drawComposition draws a composition with its files and images.
func (d drawing) drawComposition(c artifact.Composition, project *compose.Project) error {
	id := c.Descriptor.Digest.String()
	if d.p.IsIndex() {
		d.graph.Add(d.p.Digest().String(), picture.Node{
			ID: id, Kind: picture.Composition, Title: platformTitle([]artifact.Composition{c}), Lines: []string{shortDigest(c.Descriptor.Digest)},
		}, "")
	}
	layers, err := c.Layers()
	if err != nil {
		return err
	}
	for _, l := range layers {
		d.graph.Add(id, picture.Node{
			ID: "file " + l.File.Name + " " + l.Descriptor.Digest.String(), Kind: picture.File, Title: l.File.Name,
			Lines: []string{shortDigest(l.Descriptor.Digest), progress.Bytes(l.Descriptor.Size)},
		}, "")
	}
	d.drawSubject(c.Descriptor.Digest, c.Subject())
	runs := map[string][]string{}
	for _, image := range project.Images {
		if !slices.Contains(runs[image.Ref], image.Service) {
			runs[image.Ref] = append(runs[image.Ref], image.Service)
		}
	}
	for _, image := range project.Images {
		name, digest, _ := strings.Cut(image.Ref, "@")
		services := strings.Join(runs[image.Ref], ", ")
		node := picture.Node{ID: digest, Kind: picture.Manifest, Title: name, Lines: []string{"another repository's"}}
		if hash, err := v1.NewHash(digest); err == nil {
			node.Lines = append(node.Lines, shortDigest(hash))
		} else {
			node.ID = image.Ref
		}
		d.graph.Add(id, node, "runs "+services)
	}
	return nil
}

// shortDigest returns the first digits of a digest.
func shortDigest(digest v1.Hash) string {
	return digest.Algorithm + ":" + digest.Hex[:min(12, len(digest.Hex))]
}
