// Package verify checks that packages are complete and intact, and who signed them.
package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/graph"
	"github.com/ocompose/ocompose/internal/limits"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

// An IncompleteError reports that a package lacks content that it needs.
type IncompleteError struct {
	Reference string
	Problems  []report.Problem
}

func (e *IncompleteError) Error() string {
	if len(e.Problems) == 1 {
		return e.Reference + " is incomplete: 1 problem"
	}
	return fmt.Sprintf("%s is incomplete: %d problems", e.Reference, len(e.Problems))
}

// kindStripped is the kind of problem for lost artifact types.
const kindStripped = "artifactType"

// CopyMends reports whether copying a package onto itself solves a problem: references to images
// in other repositories, or lost artifact types.
func CopyMends(p report.Problem) bool { return p.Kind == "pin" || p.Kind == kindStripped }

// Options configure a verification.
type Options struct {
	// Deep reads every config and layer of the images; otherwise only their existence is checked.
	Deep bool
}

// Package checks that everything a package needs exists. It reads every composition with its
// files, and every manifest of the images of its services; it checks the existence of their
// configs and layers, or reads them too. Content is compared with its digest, and with the sizes
// and media types of its descriptors, by the same rules as a copy. Every image must be pinned, in
// a bundle to images in its own index.
//
// Each request is sent once. The same package has the same report. The report has all missing and
// damaged content; an error means that a check failed.
func Package(ctx context.Context, s *session.Session, at session.Location, options Options) (*report.Verification, error) {
	p, err := s.FetchRoot(ctx, at)
	if err != nil {
		return nil, err
	}
	v := NewVerifier(s, at, p, options)
	if p.Stripped {
		who := Need{at.Store, session.DigestName(at.Store, p.Digest()), 0}
		v.problem(who, p.Content().Descriptor, kindStripped, "its entries have lost the artifact type by which Docker Compose finds compositions, as older clients drop it when they copy")
	}
	images, ictx := errgroup.WithContext(ctx)
	images.SetLimit(s.AtOnce())
	for i, d := range slices.Concat(p.Images, p.Indexes) {
		images.Go(func() error { return v.manifest(ictx, Need{at.Store, session.SourceOf(at, d), i}, d, 0) })
	}
	if subject := p.Subject; subject != nil {
		who := Need{at.Store, "subject of " + session.DigestName(at.Store, p.Digest()), len(p.Images) + len(p.Indexes)}
		images.Go(func() error { return v.manifest(ictx, who, *subject, 0) })
	}
	if err := images.Wait(); err != nil {
		return nil, err
	}
	v.seal()
	if err := v.referrers(ctx, len(p.Images)+len(p.Indexes)+1); err != nil {
		return nil, err
	}
	if err := v.compositions(ctx); err != nil {
		return nil, err
	}
	return v.Result(), nil
}

// compositions checks the compositions, and then all images that they use.
func (v *Verifier) compositions(ctx context.Context) error {
	projects := make([]*compose.Project, len(v.root.Compositions))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(session.FetchLimit)
	for i, c := range v.root.Compositions {
		group.Go(func() (err error) {
			projects[i], err = v.composition(gctx, c, len(v.root.Images)+len(v.root.Indexes)+1+i)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	var refs []string // in the order of the compositions and their places
	pins := map[string]compose.Image{}
	for _, project := range projects {
		if project == nil {
			continue
		}
		for _, place := range project.Images {
			if _, known := pins[place.Ref]; !known {
				pins[place.Ref] = place
				refs = append(refs, place.Ref)
			}
		}
	}
	group, gctx = errgroup.WithContext(ctx)
	for i, ref := range refs {
		rank := len(v.root.Images) + len(v.root.Indexes) + len(projects) + 1 + i
		group.Go(func() error { return v.pin(gctx, pins[ref], rank) })
	}
	return group.Wait()
}

// composition checks a composition's files and its config. It returns the project, or nil if it
// can't be read.
func (v *Verifier) composition(ctx context.Context, c artifact.Composition, rank int) (*compose.Project, error) {
	in := v.at.Store
	index := Need{in, session.DigestName(in, v.root.Digest()), rank}
	who := Need{in, "composition " + session.DigestName(in, c.Descriptor.Digest), rank}
	if v.root.IsIndex() {
		m, ok, err := v.ReadManifest(ctx, index, c.Descriptor, "manifest")
		if err != nil || !ok {
			return nil, err
		}
		if c, err = c.Read(session.DigestName(in, c.Descriptor.Digest), artifact.Content(m)); err != nil {
			v.problem(index, c.Descriptor, "manifest", err.Error())
			return nil, nil
		}
	}
	c, ok, err := v.archive(ctx, who, c)
	if err != nil || !ok {
		return nil, err
	}
	layers, err := c.Layers()
	if err == nil {
		err = v.session.Budget.TakeBlobs(len(layers))
	}
	if err != nil {
		v.problem(who, c.Descriptor, "manifest", err.Error())
		return nil, nil
	}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(v.session.AtOnce())
	group.Go(func() error {
		_, err := v.Blob(gctx, who, c.Manifest.Config, "config", true)
		return err
	})
	intact := make([]bool, len(layers))
	for i, l := range layers {
		group.Go(func() (err error) {
			intact[i], err = v.file(gctx, who, l)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if slices.Contains(intact, false) {
		return nil, nil // the project can't be read
	}
	project, err := v.session.Open(ctx, readOnce{in, &v.facts}, c)
	if problems := compose.Errors(err); len(problems) > 0 && ctx.Err() == nil {
		v.problem(who, c.Descriptor, "manifest", problems[0].Error())
		return nil, nil
	}
	return project, err // an error is about this machine
}

// archive reads the archive of a Margo package. ok is false if a problem was recorded.
func (v *Verifier) archive(ctx context.Context, who Need, c artifact.Composition) (artifact.Composition, bool, error) {
	d, ok, err := c.Archive()
	if err != nil {
		v.problem(who, c.Descriptor, "manifest", err.Error())
		return c, false, nil
	}
	if !ok {
		return c, true, nil
	}
	v.count(who, d, &v.blobs)
	content, err := v.facts.bytes(ctx, who.In, d)
	reason, err := damage(ctx, err)
	if err != nil {
		return c, false, err
	}
	if reason == "" {
		if c, err = c.Open(content); err != nil {
			reason = err.Error()
		}
	}
	if reason != "" {
		v.problem(who, d, "layer", reason)
	}
	return c, reason == "", nil
}

// file reads a file of a composition and reports whether it matches its descriptor.
func (v *Verifier) file(ctx context.Context, who Need, l artifact.Layer) (bool, error) {
	if l.InMemory {
		return true, nil // its archive was read
	}
	v.count(who, l.Descriptor, &v.blobs)
	var err error
	if l.File.Kind == compose.ExtraFile || l.Descriptor.Size > limits.File {
		err = v.facts.content(ctx, who.In, l.Descriptor)
	} else {
		_, err = v.facts.bytes(ctx, who.In, l.Descriptor)
	}
	reason, err := damage(ctx, err)
	if reason != "" {
		v.problem(who, l.Descriptor, "file", fmt.Sprintf("%s (%s)", reason, l.File.Name))
	}
	return err == nil && reason == "", err
}

// pin checks that a place is pinned, and the entire image that it is pinned to.
func (v *Verifier) pin(ctx context.Context, place compose.Image, rank int) error {
	wrong := func(reason string) {
		v.add(rank, report.Problem{Reference: place.Ref, Kind: "pin", Reason: reason, NeededBy: place.Path})
	}
	ref, err := artifact.ParseReference(place.Ref)
	if err != nil {
		wrong(strings.TrimSpace(err.Error()))
		return nil
	}
	digest, ok := ref.(name.Digest)
	if !ok {
		wrong("not pinned to a digest")
		return nil
	}
	hash, err := v1.NewHash(digest.DigestStr())
	if err != nil {
		wrong(err.Error())
		return nil
	}
	in := v.session.Source(digest.Context())
	if v.root.Mode == artifact.Loose && hasImages(v.at.Store) {
		in = v.at.Store
	}
	if v.root.Mode == artifact.Bundled {
		if _, isRegistry := v.at.Store.(*store.Registry); isRegistry && in.Name() != v.at.Store.Name() && in.Name() != v.root.Annotations[artifact.AnnotationAs] {
			wrong("outside of the bundle's repository " + v.at.Store.Name())
			return nil
		}
		in = v.at.Store // in a layout, the files name the repository that the package was in
		if !v.isListed(hash) && v.root.IsIndex() {
			wrong("not in the bundle's index")
		}
	}
	m, ok, err := v.ReadManifest(ctx, Need{in, place.Ref, rank}, v1.Descriptor{Digest: hash}, "manifest")
	if err != nil || !ok {
		return err
	}
	if _, isComposition := artifact.Kind(artifact.Content(m)); isComposition {
		wrong("a composition, not a container image")
		return nil
	}
	who := Need{in, place.Ref, rank}
	if err := v.manifest(ctx, who, v1.Descriptor{Digest: hash}, 0); err != nil {
		return err
	}
	return v.platforms(ctx, who, m)
}

// platforms checks that the platforms of an image can be read, as for a copy: from configs, if
// they are not in its index.
func (v *Verifier) platforms(ctx context.Context, who Need, image store.Manifest) error {
	var unread error // a failure to read, which is not a problem of the content
	_, err := artifact.NewImage(who.Name, artifact.Content(image), func(d v1.Descriptor) (content []byte, err error) {
		if graph.IsManifest(d) {
			var m store.Manifest
			m, err = v.facts.manifest(ctx, who.In, d.Digest)
			content = m.Bytes
		} else {
			content, err = v.facts.config(ctx, who.In, d)
		}
		reason, err := damage(ctx, err)
		if err != nil {
			unread = err
		}
		if reason != "" {
			v.problem(who, d, "config", reason)
			err = errReported
		}
		return content, err
	})
	switch {
	case unread != nil:
		return unread
	case err != nil && !errors.Is(err, errReported):
		v.problem(who, image.Descriptor, "manifest", err.Error())
	}
	return nil
}

// errReported is the error of content with a recorded problem.
var errReported = errors.New("it is not as described")

// hasImages reports whether a store is a file with the images of its loose compositions.
func hasImages(in store.Source) bool {
	layout, ok := in.(store.Listing)
	if !ok {
		return false
	}
	entries, err := layout.Entries()
	return err == nil && slices.ContainsFunc(entries, func(d v1.Descriptor) bool { return d.Annotations[artifact.AnnotationImageRef] != "" })
}
