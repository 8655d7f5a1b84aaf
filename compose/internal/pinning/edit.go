package pinning

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/variables"
)

// findEdits chooses the values in the files to rewrite for the targets that ask for a
// pin in place.
func (p *Pinner) findEdits(ctx context.Context, targets []target) edits {
	inPlace := func(t target) bool { return t.pin.InPlace }
	if !slices.ContainsFunc(targets, inPlace) {
		return nil
	}
	p.trace(ctx)
	places := map[string]target{}
	for _, t := range targets {
		places[t.at.Key()] = t
	}
	changes := decideEdits(p.candidates, p.found, places)
	for c, ref := range changes {
		if c.known == ref {
			delete(changes, c)
		} else {
			changes[c] = variables.Escape(ref)
		}
	}
	return changes
}

// trace finds the values in all files that may name images, as far as they can be
// rewritten, and what they name. Where that can't be told there are none.
func (p *Pinner) trace(ctx context.Context) {
	if p.traced {
		return
	}
	interpolate := p.project.Interpolate
	var candidates []*candidate
	for i, file := range p.files {
		inFile := findCandidates(i, file.Content, interpolate)
		trials := maxTrials
		candidates = append(candidates, rewritable(file.Content, inFile, &trials)...)
	}
	if len(candidates) > 0 {
		found, err := p.traceCandidates(ctx, p.files, candidates)
		if err != nil {
			candidates = nil
		}
		p.found = found
	}
	p.candidates, p.traced = candidates, ctx.Err() == nil
}

// maxTrials bounds how often a file is parsed to tell the candidates apart that can't
// be rewritten.
const maxTrials = 100

// rewritable leaves out the candidates that can't be rewritten without changing what
// else the file says, and once there have been enough trials, those that are not known
// to be different.
func rewritable(content []byte, candidates []*candidate, trials *int) []*candidate {
	if len(candidates) == 0 {
		return nil
	}
	if *trials--; *trials < 0 {
		for _, c := range candidates {
			c.drop()
		}
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
	return slices.Concat(rewritable(content, candidates[:half], trials), rewritable(content, candidates[half:], trials))
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

// dropReaching takes those changes back that decide what stands at a place or below
// it, and tells whether there were any.
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

// reaches tells whether c, or one of its aliases, reaches a place or something below it.
func (t trace) reaches(c *candidate, key string) bool {
	for _, u := range t[c] {
		if key != "" && strings.HasPrefix(u.key, key) {
			return true
		}
	}
	return slices.ContainsFunc(c.aliases, func(alias *candidate) bool { return t.reaches(alias, key) })
}

// decided are the places at which the changes decide what stands there.
func (t trace) decided(changes edits) map[string]bool {
	places := map[string]bool{}
	for c := range changes {
		for _, reaching := range append(slices.Clip(c.aliases), c) {
			for _, u := range t[reaching] {
				places[u.key] = true
			}
		}
	}
	return places
}

// undecided are the targets that are not pinned by rewriting values in the files. A
// list that the pins file will repeat is not edited as well: what is the same in two
// files, and so merged into one, would not be any more.
func (tr trace) undecided(changes edits, targets []target) []target {
	for {
		decided := tr.decided(changes)
		var rest []target
		dropped := false
		for _, t := range targets {
			if t.pin.InPlace && (t.now == t.pin.Ref || decided[t.at.Key()]) {
				continue
			}
			rest = append(rest, t)
			if list, oneMount := t.list(); list != nil && !oneMount {
				dropped = tr.dropReaching(changes, list.Key()) || dropped
			}
		}
		if !dropped {
			return rest
		}
	}
}
