// Package inspect describes packages, images and repositories, and compares applications.
package inspect

import (
	"context"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/report"
	"github.com/ocompose/ocompose/internal/store"
)

// Package reads a package and reports its contents, even if Compose files in it
// can't be read.
func Package(ctx context.Context, s *session.Session, at session.Location) (*report.Inspection, error) {
	p, err := s.Fetch(ctx, at)
	if err != nil {
		return nil, err
	}
	opened, err := openAll(ctx, s, at, p)
	if err != nil {
		return nil, err
	}
	return inspection(at, p, opened)
}

// openAll reads the projects of all compositions of a package.
func openAll(ctx context.Context, s *session.Session, at session.Location, p *artifact.Package) ([]opening, error) {
	opened := make([]opening, len(p.Compositions))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(session.FetchLimit)
	for i, c := range p.Compositions {
		group.Go(func() error {
			project, err := s.Open(gctx, at.Store, c)
			if problems := compose.Errors(err); len(problems) > 0 && gctx.Err() == nil {
				opened[i] = opening{project: &compose.Project{}, unreadable: problems[0].Error()}
				return nil
			}
			opened[i].project = project
			return err
		})
	}
	return opened, group.Wait()
}

// An opening is a composition's project, which is empty if it is unreadable for a
// reason.
type opening struct {
	project    *compose.Project
	unreadable string
}

// inspection returns the document of a package.
func inspection(at session.Location, p *artifact.Package, opened []opening) (*report.Inspection, error) {
	root := p.Content().Descriptor
	result := &report.Inspection{
		Reference:    session.DigestName(at.Store, root.Digest),
		MediaType:    string(root.MediaType),
		Digest:       root.Digest.String(),
		Mode:         string(p.Mode),
		Subject:      subjectReport(at.Store, p.Subject),
		Annotations:  p.Annotations,
		Compositions: []report.Composition{},
	}
	if f := p.Format(); f != artifact.DockerFormat {
		result.Format = string(f)
	}
	sizes := map[v1.Hash]int64{root.Digest: root.Size}
	for i, c := range p.Compositions {
		cr, err := compositionReport(at, p, c, opened[i])
		if err != nil {
			return nil, err
		}
		result.Compositions = append(result.Compositions, cr)
		result.Variables = mergeVariables(result.Variables, opened[i].project.Variables)
		result.Requires = mergeRequirements(result.Requires, opened[i].project.Requires)
		for _, d := range contents(c) {
			sizes[d.Digest] = d.Size
		}
	}
	for _, size := range sizes {
		result.Size += size
	}
	for _, d := range p.Images {
		result.Bundle = append(result.Bundle, report.Bundled{Digest: d.Digest.String(), MediaType: string(d.MediaType), Source: d.Annotations[artifact.AnnotationImageRef]})
	}
	return result, nil
}

// compositionReport describes one composition.
func compositionReport(at session.Location, p *artifact.Package, c artifact.Composition, o opening) (report.Composition, error) {
	layers, err := c.Layers()
	if err != nil {
		return report.Composition{}, err
	}
	result := report.Composition{
		Digest:   c.Descriptor.Digest.String(),
		Portable: c.Platform == nil && p.IsIndex(),
		Subject:  subjectReport(at.Store, c.Subject()),
		Services: append([]string{}, o.project.Services...),
		Files:    []report.File{},
		Images:   []report.Pinned{},

		Unreadable: o.unreadable,
	}
	if c.Platform != nil {
		result.Platform = c.Platform.String()
	}
	for _, d := range contents(c) {
		result.Size += d.Size
	}
	for _, l := range layers {
		result.Files = append(result.Files, report.File{
			Name: l.File.Name, Kind: report.KindName(l.File.Kind), Digest: l.Descriptor.Digest.String(), Size: l.Descriptor.Size,
		})
	}
	for _, include := range o.project.Includes {
		result.Includes = append(result.Includes, include.Ref)
	}
	for _, place := range o.project.Images {
		_, digest, _ := strings.Cut(place.Ref, "@")
		result.Images = append(result.Images, report.Pinned{
			Path: place.Path, Service: place.Service, Reference: place.Ref, Digest: digest, Platform: place.Platform,
		})
	}
	return result, nil
}

// contents returns the manifest, config and layers of a composition, each once.
func contents(c artifact.Composition) []v1.Descriptor {
	all := []v1.Descriptor{c.Descriptor}
	seen := map[v1.Hash]bool{}
	for _, d := range append([]v1.Descriptor{c.Manifest.Config}, c.Manifest.Layers...) {
		if !seen[d.Digest] {
			seen[d.Digest] = true
			all = append(all, d)
		}
	}
	return all
}

// subjectReport describes a subject in the package's store.
func subjectReport(in store.Source, subject *v1.Descriptor) *report.Subject {
	if subject == nil {
		return nil
	}
	return &report.Subject{
		Reference: session.DigestName(in, subject.Digest),
		MediaType: string(subject.MediaType),
		Digest:    subject.Digest.String(),
	}
}

// mergeRequirements adds the requirements that are not among all yet.
func mergeRequirements(all, more []compose.Requirement) []compose.Requirement {
	for _, r := range more {
		same := func(s compose.Requirement) bool { return s.Kind == r.Kind && s.Path == r.Path }
		if !slices.ContainsFunc(all, same) {
			all = append(all, r)
		}
	}
	return all
}

// mergeVariables adds the variables that are not among all yet.
func mergeVariables(all, more []compose.Variable) []compose.Variable {
	for _, v := range more {
		if !slices.ContainsFunc(all, func(w compose.Variable) bool { return w.Name == v.Name }) {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b compose.Variable) int { return strings.Compare(a.Name, b.Name) })
	return all
}
