package inspect

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/compare"
	"github.com/ocompose/ocompose/internal/report"
)

// A Comparable is one side of a comparison: a package, or a project as it would be packaged
// now.
type Comparable struct {
	reference string
	platforms []v1.Platform
	portable  bool
	// application reads the application for a platform, or if that is nil, the portable
	// composition. It also returns the platform of that composition.
	application func(context.Context, *v1.Platform) (compare.Application, *v1.Platform, error)
}

// ComparePackage reads a package for a comparison.
func ComparePackage(ctx context.Context, s *session.Session, at session.Location) (*Comparable, error) {
	p, err := s.FetchRoot(ctx, at)
	if err != nil {
		return nil, err
	}
	_, portable := p.Portable()
	return &Comparable{
		reference: session.DigestName(at.Store, p.Digest()), platforms: p.Platforms(), portable: portable,
		application: func(ctx context.Context, platform *v1.Platform) (compare.Application, *v1.Platform, error) {
			return packaged(ctx, s, at, p, platform)
		},
	}, nil
}

// CompareProject resolves the images of a project for a comparison, as a push would. name is its
// name in the report. pinned is the same project with the pins next to it, or project itself.
// asked is the only requested platform; nil for all.
func CompareProject(ctx context.Context, s *session.Session, name string, project, pinned *compose.Project, asked *v1.Platform) (*Comparable, error) {
	images, err := session.Resolver{Session: s}.ByPath(ctx, pinned.Images)
	if err != nil {
		return nil, err
	}
	options := artifact.Options{Mode: artifact.Loose}
	if asked != nil {
		options.Platforms = []v1.Platform{*asked}
	}
	spec, err := artifact.NewSpec(pinned, images, options)
	if err != nil {
		return nil, err
	}
	c := &Comparable{reference: name}
	for _, part := range spec.Parts {
		if c.portable = c.portable || part.Platform == nil; part.Platform != nil {
			c.platforms = append(c.platforms, *part.Platform)
		}
	}
	c.application = func(ctx context.Context, platform *v1.Platform) (compare.Application, *v1.Platform, error) {
		part := spec.Parts[len(spec.Parts)-1]
		for _, each := range spec.Parts {
			if platform != nil && each.Platform != nil && each.Platform.Equals(*platform) {
				part = each
			}
		}
		app, err := applicationOf(ctx, s, project, nil)
		for _, place := range pinned.Images {
			app.Images[place.Path] = comparedImage(place, part.Pins[place.Path].Ref)
		}
		return app, part.Platform, err
	}
	return c, nil
}

// Compare reports how b differs from a, on the requested platform. Without one, it
// compares the portable compositions, or else those for a common platform, preferably this
// machine's.
func Compare(ctx context.Context, a, b *Comparable, asked *v1.Platform) (*report.Difference, error) {
	platform := asked
	if asked == nil && !(a.portable && b.portable) {
		platform = commonPlatform(a.platforms, b.platforms)
	}
	var apps [2]compare.Application
	var sides [2]report.Compared
	group, gctx := errgroup.WithContext(ctx)
	for i, c := range []*Comparable{a, b} {
		group.Go(func() error {
			app, on, err := c.application(gctx, platform)
			if err != nil {
				return err
			}
			apps[i], sides[i] = app, report.Compared{Reference: c.reference}
			if on != nil {
				sides[i].Platform = on.String()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	d := compare.Compare(apps[0], apps[1])
	d.A, d.B = sides[0], sides[1]
	return &d, nil
}

// commonPlatform returns a platform that is in a and b: this machine's, or else the first. If
// there is none, it returns a platform of either.
func commonPlatform(a, b []v1.Platform) *v1.Platform {
	has := func(all []v1.Platform, p v1.Platform) bool { return slices.ContainsFunc(all, p.Equals) }
	machine := artifact.MachinePlatform()
	all := append([]v1.Platform{machine}, a...)
	for _, p := range all {
		if has(a, p) && has(b, p) {
			return &p
		}
	}
	for _, p := range append(all[1:], b...) {
		return &p
	}
	return nil
}

// packaged is the content of a composition of a package.
func packaged(ctx context.Context, s *session.Session, at session.Location, p *artifact.Package, platform *v1.Platform) (compare.Application, *v1.Platform, error) {
	c, err := chooseComposition(p, platform)
	if err != nil {
		return compare.Application{}, nil, err
	}
	if p.IsIndex() {
		if c, err = s.FetchComposition(ctx, at.Store, c); err != nil {
			return compare.Application{}, nil, err
		}
	}
	if c, err = s.OpenArchive(ctx, at.Store, c); err != nil {
		return compare.Application{}, nil, err
	}
	layers, err := c.Layers()
	if err != nil {
		return compare.Application{}, nil, err
	}
	project, err := s.Open(ctx, at.Store, c)
	if err != nil {
		return compare.Application{}, nil, err
	}
	app, err := applicationOf(ctx, s, project, layers)
	if err != nil {
		return compare.Application{}, nil, err
	}
	for _, platform := range p.Platforms() {
		app.Platforms = append(app.Platforms, platform.String())
	}
	origins, err := origins(ctx, s, at, p, project.Images)
	if err != nil {
		return compare.Application{}, nil, err
	}
	for _, place := range project.Images {
		app.Images[place.Path] = bundledImage(p, place, origins)
	}
	return app, c.Platform, nil
}

// bundledImage returns the image of a place, in a bundle by its origin.
func bundledImage(p *artifact.Package, place compose.Image, origins map[string][]string) report.ComparedImage {
	_, digest, _ := strings.Cut(place.Ref, "@")
	if p.Mode != artifact.Bundled || digest == "" {
		return comparedImage(place, place.Ref)
	}
	var all []report.ComparedImage
	for _, origin := range origins[digest] {
		written, _, _ := strings.Cut(origin, "@")
		all = append(all, comparedImage(place, written+"@"+digest))
	}
	if len(all) == 0 {
		return comparedImage(place, "@"+digest)
	}
	all[0].Others = all[1:]
	return all[0]
}

// origins returns the origins of a bundle's images, by digest: several for images with the same
// content. It reads the indexes of images only if a place refers to a manifest in one.
func origins(ctx context.Context, s *session.Session, at session.Location, p *artifact.Package, places []compose.Image) (map[string][]string, error) {
	if p.Mode != artifact.Bundled {
		return nil, nil
	}
	origins := map[string][]string{}
	add := func(digest v1.Hash, image v1.Descriptor) {
		origin := image.Annotations[artifact.AnnotationImageRef]
		if of := origins[digest.String()]; origin != "" && !slices.Contains(of, origin) {
			origins[digest.String()] = append(of, origin)
		}
	}
	listed := slices.Concat(p.Images, p.Indexes)
	for _, d := range listed {
		add(d.Digest, d)
	}
	unknown := func(place compose.Image) bool {
		_, digest, _ := strings.Cut(place.Ref, "@")
		_, known := origins[digest]
		return digest != "" && !known
	}
	if !slices.ContainsFunc(places, unknown) {
		return origins, nil
	}
	for _, d := range listed {
		if !d.MediaType.IsIndex() {
			continue
		}
		image, err := s.ReadImage(ctx, at.Store, d.Digest.String())
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", session.DigestName(at.Store, d.Digest), err)
		}
		for _, m := range image.Manifests {
			add(m.Digest, d)
		}
	}
	return origins, nil
}

// comparedImage returns the image of a place, from its reference.
func comparedImage(place compose.Image, ref string) report.ComparedImage {
	written, digest, _ := strings.Cut(ref, "@")
	image := report.ComparedImage{Service: place.Service, Name: written, Digest: digest, Platform: place.Platform}
	if tag, err := name.NewTag(written); err == nil {
		image.Name = artifact.RepositoryName(tag.Context())
		if strings.HasSuffix(written, ":"+tag.TagStr()) {
			image.Tag = tag.TagStr()
		}
	}
	return image
}

// anImage replaces all images in files that are compared without their images.
const anImage = "image.invalid/image@sha256:0000000000000000000000000000000000000000000000000000000000000000"

// applicationOf returns the parts of a project without its images. Compose files are compared
// without image references, so that they are equal in a loose package and in a bundle. layers are
// those that the project was opened from; nil for a project that was loaded.
func applicationOf(ctx context.Context, s *session.Session, project *compose.Project, layers []artifact.Layer) (compare.Application, error) {
	app := compare.Application{Images: map[string]report.ComparedImage{}, Files: map[string]compare.File{}}
	pins := compose.Pins{}
	for _, place := range project.Images {
		pins[place.Path] = compose.Pin{Ref: anImage, InPlace: true}
	}
	files, err := project.Pin(ctx, pins)
	if err != nil {
		return app, err
	}
	opened, err := compose.Open(ctx, files, s.FetchIncluded(nil))
	if err != nil {
		return app, err
	}
	app.Services, app.Variables = opened.Services, opened.Variables
	for _, l := range layers {
		// Content that only readers in a registry need is generated from the rest.
		if l.File.Kind != compose.ComposeFile && l.File.Kind != compose.RegistryFile {
			app.Files[l.File.Name] = compare.File{Kind: l.File.Kind, Executable: l.File.Executable, Digest: l.Descriptor.Digest.String()}
		}
	}
	for _, f := range files {
		if f.Kind == compose.RegistryFile || f.Kind == compose.ComposeFile && f.Name == compose.PinsFile || f.Kind != compose.ComposeFile && layers != nil {
			continue
		}
		digest, _, err := v1.SHA256(bytes.NewReader(f.Content))
		if err != nil {
			return app, err
		}
		app.Files[f.Name] = compare.File{Kind: f.Kind, Executable: f.Executable, Digest: digest.String()}
	}
	return app, nil
}
