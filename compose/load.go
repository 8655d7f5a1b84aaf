package compose

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/schema"
)

// Load reads a project as Docker Compose would, without starting or fetching anything.
//
// Variables belong to the place of deployment, so only those that name an image, a
// platform or a file that is carried need a value; elsewhere they stay what they
// are. Every problem that is found comes back, joined: see [Errors].
func Load(ctx context.Context, opts Options) (*Project, error) {
	if !filepath.IsAbs(opts.WorkDir) {
		return nil, fmt.Errorf("loading a project: the working directory %q is not absolute", opts.WorkDir)
	}
	// Compiling the schema takes longer than reading most projects: another core may
	// do it meanwhile.
	go func() { _ = schema.Validate(nil) }()
	s, err := find(opts)
	if err != nil {
		return nil, err
	}
	warnings, err := checkLayers(s)
	if err != nil {
		return nil, err
	}
	g := newGraph(s)
	g.walk(s.env)
	if err := errors.Join(g.errs...); err != nil {
		return nil, err
	}
	model, name, err := newReader(s).model(ctx)
	if err != nil {
		return nil, g.diagnose(err)
	}
	if err := checkConsistency(model, name, s, opts.Profiles); err != nil {
		return nil, g.diagnose(err)
	}
	p := &Project{Name: name, Dir: s.dir, Warnings: append(s.warnings, warnings...), env: s.env}
	for _, file := range s.files {
		p.Sources = append(p.Sources, file.path)
	}
	p.Files = composeFiles(s)
	p.Variables = g.variables()
	p.Services = packagedServices(model, opts.Profiles)
	images := imageFinder{given: opts.Images, locate: g.locate}
	images.find(model, p.Services)
	p.Images = images.images
	errs := images.errs
	for _, service := range slices.Sorted(maps.Keys(opts.Images)) {
		if !slices.Contains(p.Services, service) {
			errs = append(errs, &Error{Problem: ProblemImage, Subject: service,
				Reason: fmt.Sprintf("an image is given for %q, which is none of the services: %s", service, strings.Join(p.Services, ", "))})
		}
	}
	c := &carrier{opts: opts, dir: s.dir, mains: s.files, host: g.hostPaths(), secrets: secretFiles(model), flat: opts.Flatten}
	c.carry(needs(g, model, p.Services))
	c.carryBinds(binds(g, model, p.Services))
	c.warnSecrets()
	p.Carried = c.files()
	p.Warnings = append(p.Warnings, c.warnings...)
	errs = append(errs, c.errs...)
	if opts.Flatten {
		flat, err := flatten(ctx, s, g, model, c.flatNames, opts.WithEnv)
		if err != nil {
			return nil, errors.Join(append(errs, err)...)
		}
		p.Files = []File{{Name: "compose.yaml", Content: flat.content}}
		if !opts.AllowSecrets {
			errs = append(errs, g.givenSecrets(flat.given)...)
		}
	}
	if !opts.AllowSecrets {
		errs = append(errs, findSecrets(g, p.Carried)...)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// packagedServices are the services and jobs of the profiles, sorted; all of them if
// no profile is named.
func packagedServices(model map[string]any, profiles []string) []string {
	var names []string
	for _, section := range []string{"services", "jobs"} {
		for name, value := range entries(model[section]) {
			container, _ := value.(map[string]any)
			if inProfiles(container, profiles) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func inProfiles(container map[string]any, profiles []string) bool {
	own, _ := container["profiles"].([]any)
	if len(profiles) == 0 || len(own) == 0 || slices.Contains(profiles, "*") {
		return true
	}
	for _, profile := range own {
		if name, ok := profile.(string); ok && slices.Contains(profiles, name) {
			return true
		}
	}
	return false
}

// findSecrets looks for secrets in the files that make the project and in the carried ones.
func findSecrets(g *graph, carried []File) []error {
	finder := newSecretFinder()
	looked := map[string]bool{}
	for _, f := range g.all {
		if f.role == includeEnvFile || looked[f.path] {
			continue
		}
		looked[f.path] = true
		for _, document := range f.documents {
			finder.document(f.name, document)
		}
	}
	for _, file := range carried {
		if !looked[absolute(g.dir, file.Name)] {
			finder.file(file.Name, file.Content, file.Kind == RestoredFile)
		}
	}
	return finder.errs
}
