package commands

import (
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/ocompose/ocompose/artifact"
)

// made is the result of a command that made a package. Its JSON is a contract.
type made struct {
	// Reference is the digest reference.
	Reference string `json:"reference"`
	Digest    string `json:"digest"`
	// Tag is absent where the package got none.
	Tag       string   `json:"tag,omitempty"`
	MediaType string   `json:"mediaType,omitempty"`
	Mode      string   `json:"mode,omitempty"`
	Platforms []string `json:"platforms,omitempty"`
	// DryRun tells that nothing was pushed.
	DryRun bool `json:"dryRun,omitempty"`
}

// push builds the package of a spec, pushes it unless this is a dry run, and
// prints its digest reference.
func (t *terminal) push(c call, spec artifact.Spec, options artifact.PushOptions) error {
	options.TagImages, options.Repair = c.flags.Bool("tag-images"), c.flags.Bool("repair")
	if c.flags.Bool("dry-run") {
		p, err := artifact.Build(c.ctx, spec)
		if err != nil {
			return err
		}
		t.explain(p)
		result := describeMade(p, p.Repository.Digest(p.Root.Descriptor.Digest.String()), options.Tag)
		result.DryRun = true
		return t.printMade(result, c.format)
	}
	pushed, err := c.remote.PushSpec(c.ctx, spec, options)
	if err != nil {
		return err
	}
	if pushed.Fallback {
		t.warn("the registry takes OCI 1.0 manifests only: the composition is one for all platforms, in the form that Docker Compose reads there")
	}
	return t.printMade(describeMade(pushed.Package, pushed.Digest, options.Tag), c.format)
}

// explain tells what a push of the package would do.
func (t *terminal) explain(p *artifact.Package) {
	for _, pins := range p.Pins {
		platform := "any platform"
		if pins.Platform != nil {
			platform = pins.Platform.String()
		}
		for _, path := range sortedKeys(pins.Pins) {
			t.note("%s: %s: %s", platform, path, pins.Pins[path].Ref)
		}
	}
	for _, image := range p.Images {
		t.note("copy %s to %s", image.Image.Origin, artifact.RepositoryName(p.Repository))
	}
}

// describeMade puts together what a command made.
func describeMade(p *artifact.Package, digest name.Digest, tag string) made {
	m := made{
		Reference: artifact.ReferenceName(digest),
		Digest:    digest.DigestStr(),
		Tag:       tag,
		MediaType: string(p.Root.Descriptor.MediaType),
		Mode:      string(p.Mode),
	}
	for _, composition := range p.Compositions {
		if composition.Platform != nil {
			m.Platforms = append(m.Platforms, composition.Platform.String())
		}
	}
	return m
}

// printMade prints the result of a command that made a package.
func (t *terminal) printMade(m made, format string) error {
	if format == "json" {
		return t.printJSON(m)
	}
	return t.print(m.Reference)
}
