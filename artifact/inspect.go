package artifact

import (
	"context"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/ocompose/ocompose/compose"
)

// A Report tells what a package is. Its JSON is a contract.
type Report struct {
	// Reference is the digest reference of the package.
	Reference string `json:"reference"`
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	// Mode is "loose" or "bundled".
	Mode Mode `json:"mode"`
	// Size is the number of bytes of the manifests and files of the compositions,
	// each content once; images are not counted.
	Size int64 `json:"size"`
	// Subject is the image that the package is attached to.
	Subject *SubjectReport `json:"subject,omitempty"`
	// Annotations are those of the package's root.
	Annotations map[string]string `json:"annotations,omitempty"`
	// Compositions are in the order of the index.
	Compositions []CompositionReport `json:"compositions"`
	// Bundle are the images that the index holds.
	Bundle []BundleReport `json:"bundle,omitempty"`
	// Variables are what the application expects of the place of deployment.
	Variables []compose.Variable `json:"variables,omitempty"`
}

// A SubjectReport names a subject.
type SubjectReport struct {
	Reference string `json:"reference"`
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
}

// A CompositionReport tells what one composition is.
type CompositionReport struct {
	Digest string `json:"digest"`
	// Platform is absent for the portable composition.
	Platform string         `json:"platform,omitempty"`
	Portable bool           `json:"portable"`
	Size     int64          `json:"size"`
	Subject  *SubjectReport `json:"subject,omitempty"`
	Services []string       `json:"services"`
	Files    []FileReport   `json:"files"`
	Images   []ImageReport  `json:"images"`
	// Unreadable is why services and images are not known: the files are no project, or
	// need something that is not in the composition. It is absent where they are.
	Unreadable string `json:"unreadable,omitempty"`
}

// A FileReport tells what a file of a composition is.
type FileReport struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

// An ImageReport tells what a place of the application runs.
type ImageReport struct {
	Path    string `json:"path"`
	Service string `json:"service"`
	// Reference is what Docker Compose is told to run.
	Reference string `json:"reference"`
	// Digest is what it is pinned to; absent where it is not.
	Digest string `json:"digest,omitempty"`
	// Platform is the service's own, where it has one.
	Platform string `json:"platform,omitempty"`
}

// A BundleReport tells what an image in the index is and where it came from.
type BundleReport struct {
	Digest    string `json:"digest"`
	MediaType string `json:"mediaType"`
	Source    string `json:"source,omitempty"`
}

// Inspect reads a package and reports what it is, also where Docker Compose files in it
// can't be read.
func (r *Remote) Inspect(ctx context.Context, ref name.Reference) (*Report, error) {
	stored, err := r.Fetch(ctx, ref)
	if err != nil {
		return nil, err
	}
	opened := make([]opening, len(stored.Compositions))
	group, gctx := errgroup.WithContext(ctx)
	for i, c := range stored.Compositions {
		group.Go(func() error {
			project, err := r.Open(gctx, stored.Repository, c)
			if problems := compose.Errors(err); len(problems) > 0 {
				opened[i] = opening{project: &compose.Project{}, unreadable: problems[0].Error()}
				return nil
			}
			opened[i].project = project
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return newReport(stored, opened)
}

// An opening is a composition's project, which is empty where it is unreadable for a
// reason.
type opening struct {
	project    *compose.Project
	unreadable string
}

// newReport puts together what was read.
func newReport(stored *Stored, opened []opening) (*Report, error) {
	root := stored.Root.Descriptor
	report := &Report{
		Reference:    DigestName(stored.Repository, root.Digest),
		MediaType:    string(root.MediaType),
		Digest:       root.Digest.String(),
		Mode:         stored.Mode,
		Subject:      subjectReport(stored.Repository, stored.Subject),
		Annotations:  stored.Annotations,
		Compositions: []CompositionReport{},
	}
	sizes := map[v1.Hash]int64{root.Digest: root.Size}
	for i, c := range stored.Compositions {
		cr, err := compositionReport(stored, c, opened[i])
		if err != nil {
			return nil, err
		}
		report.Compositions = append(report.Compositions, cr)
		report.Variables = mergeVariables(report.Variables, opened[i].project.Variables)
		for _, d := range contents(c) {
			sizes[d.Digest] = d.Size
		}
	}
	for _, size := range sizes {
		report.Size += size
	}
	for _, d := range stored.Images {
		report.Bundle = append(report.Bundle, BundleReport{Digest: d.Digest.String(), MediaType: string(d.MediaType), Source: d.Annotations[AnnotationImageRef]})
	}
	return report, nil
}

// compositionReport tells what one composition is.
func compositionReport(stored *Stored, c StoredComposition, o opening) (CompositionReport, error) {
	layers, err := c.Layers()
	if err != nil {
		return CompositionReport{}, err
	}
	report := CompositionReport{
		Digest:   c.Descriptor.Digest.String(),
		Portable: c.Platform == nil && stored.IsIndex(),
		Subject:  subjectReport(stored.Repository, c.Manifest.Subject),
		Services: append([]string{}, o.project.Services...),
		Files:    []FileReport{},
		Images:   []ImageReport{},

		Unreadable: o.unreadable,
	}
	if c.Platform != nil {
		report.Platform = c.Platform.String()
	}
	for _, d := range contents(c) {
		report.Size += d.Size
	}
	for _, l := range layers {
		report.Files = append(report.Files, FileReport{
			Name: l.File.Name, Kind: KindName(l.File.Kind), Digest: l.Descriptor.Digest.String(), Size: l.Descriptor.Size,
		})
	}
	for _, place := range o.project.Images {
		_, digest, _ := strings.Cut(place.Ref, "@")
		report.Images = append(report.Images, ImageReport{
			Path: place.Path, Service: place.Service, Reference: place.Ref, Digest: digest, Platform: place.Platform,
		})
	}
	return report, nil
}

// contents are the manifest, config and layers of a composition, each once.
func contents(c StoredComposition) []v1.Descriptor {
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

// subjectReport names a subject, which is in the package's repository.
func subjectReport(repo name.Repository, subject *v1.Descriptor) *SubjectReport {
	if subject == nil {
		return nil
	}
	return &SubjectReport{
		Reference: DigestName(repo, subject.Digest),
		MediaType: string(subject.MediaType),
		Digest:    subject.Digest.String(),
	}
}

// KindName is a file's kind in reports: "compose", "restored" or "extra".
func KindName(kind compose.Kind) string {
	switch kind {
	case compose.RestoredFile:
		return "restored"
	case compose.ExtraFile:
		return "extra"
	default:
		return "compose"
	}
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
