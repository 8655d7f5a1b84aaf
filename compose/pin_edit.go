package compose

import (
	"context"
	"maps"
	"slices"
)

// editInPlace rewrites the values in the compose files that name the images of those
// targets that ask for it, as far as that changes nothing else. It returns the files
// and their model.
func (p *Project) editInPlace(ctx context.Context, files []File, targets []pinTarget, model map[string]any) ([]File, map[string]any) {
	candidates := p.findAllCandidates(files, targets)
	if len(candidates) == 0 {
		return files, model
	}
	found, err := p.traceCandidates(ctx, files, candidates)
	if err != nil {
		return files, model
	}
	places := map[string]pinTarget{}
	for _, target := range targets {
		places[stepsKey(target.steps)] = target
	}
	changes := decideEdits(candidates, found, places)
	maps.DeleteFunc(changes, func(c *candidate, ref string) bool { return c.known == ref })
	for len(changes) > 0 {
		edited, err := editFiles(files, changes)
		if err != nil {
			break
		}
		editedModel, err := p.pinModel(ctx, edited, false)
		if err != nil {
			break
		}
		at, differs := unwantedDifference(editedModel, targets, model)
		if !differs {
			return edited, editedModel
		}
		if !found.dropReaching(changes, stepsKey(at)) {
			break
		}
	}
	return files, model
}

// findAllCandidates finds the values in all files that may name the images of targets
// that ask for a pin in place, as far as they can be rewritten.
func (p *Project) findAllCandidates(files []File, targets []pinTarget) []*candidate {
	wanted := map[string]bool{}
	for _, target := range targets {
		if target.pin.InPlace && target.now != "" {
			wanted[target.now] = true
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	env := p.pinEnvironment()
	interpolate := func(value string) string {
		known, err := substitute(value, env.Resolve)
		if err != nil {
			return ""
		}
		return known
	}
	var candidates []*candidate
	for i, file := range files {
		inFile := findCandidates(i, file.Content, interpolate, wanted)
		candidates = append(candidates, rewritable(file.Content, inFile)...)
	}
	return candidates
}

// rewritable leaves out the candidates that can't be rewritten without changing what
// else the file says.
func rewritable(content []byte, candidates []*candidate) []*candidate {
	if len(candidates) == 0 {
		return nil
	}
	trial := edits{}
	for _, c := range candidates {
		trial[c] = "a:b/c@d"
	}
	_, err := applyEdits(content, trial)
	if err == nil {
		return candidates
	}
	if len(candidates) == 1 {
		candidates[0].drop()
		return nil
	}
	half := len(candidates) / 2
	return append(rewritable(content, candidates[:half]), rewritable(content, candidates[half:])...)
}

// drop takes a candidate that can't be rewritten out of the decisions about others.
func (c *candidate) drop() {
	if c.anchor != nil {
		c.anchor.shared = true
	}
	for _, alias := range c.aliases {
		alias.anchor = nil
	}
}

// dropReaching takes those changes back that decide what stands at a place, and tells
// whether there were any.
func (t trace) dropReaching(changes edits, key string) bool {
	before := len(changes)
	for c := range maps.Clone(changes) {
		if t.reaches(c, key) {
			delete(changes, c)
			delete(changes, c.anchor)
		}
	}
	return len(changes) < before
}

// reaches tells whether c, or one of its aliases, reaches a place.
func (t trace) reaches(c *candidate, key string) bool {
	for _, u := range t[c] {
		if u.key == key {
			return true
		}
	}
	return slices.ContainsFunc(c.aliases, func(alias *candidate) bool { return t.reaches(alias, key) })
}
