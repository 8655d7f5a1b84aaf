package pinning

import (
	"context"
	"errors"
	"fmt"

	"github.com/ocompose/ocompose/compose/internal/override"
	"github.com/ocompose/ocompose/compose/internal/source"
	"github.com/ocompose/ocompose/compose/internal/variables"
	"github.com/ocompose/ocompose/compose/internal/yamledit"
)

// A plan describes how pins are written.
type plan struct {
	// edits are the values to edit, with the index of the target whose reference they get.
	edits map[*candidate]int
	// rest are the indexes of the targets that the pins file overrides.
	rest []int
	// escaped is true if variables in repeated lists are replaced with their values.
	escaped bool
}

// A rendered plan has the files of the plan.
type rendered struct {
	files []File
	// edits are the edits of each file.
	edits [][]yamledit.Edit
	// repeats is true if the pins file repeats a list with variables.
	repeats bool
}

// maxAttempts limits how often edits are reverted place by place, before all of them are
// reverted.
const maxAttempts = 10

// plan edits values in place if possible, overrides the rest, and reads the result back. If
// the model differs, it tries again with less: without the edits at the place that differs,
// without variables in repeated lists, without edits.
func (p *Pinner) plan(ctx context.Context, targets []target) (plan, []File, error) {
	changes := decide(p.editable(), p.found, targets)
	escaped := false
	for attempt := 0; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return plan{}, nil, err
		}
		if attempt == maxAttempts {
			changes = edits{}
		}
		rest := p.found.undecided(changes, targets)
		pl := plan{edits: indexed(changes, targets), rest: rest, escaped: escaped}
		if err := p.loadWritten(ctx, pl, targets); err != nil {
			return plan{}, nil, err
		}
		made, err := p.render(pl, targets)
		at := ""
		if err == nil {
			at, err = p.verify(ctx, made, targets)
		}
		switch {
		case err == nil:
			return pl, made.files, nil
		case errors.Is(err, errEdit) && !p.tried:
			p.tried = true
			p.dropFixed(ctx)
			changes = decide(p.editable(), p.found, targets)
		case at != "" && p.found.dropReaching(changes, map[string]bool{at: true}):
		case made.repeats && !escaped:
			escaped = true
		case len(changes) > 0:
			changes = edits{}
		default:
			return plan{}, nil, err
		}
	}
}

// editable returns the candidates in files that every reader has. The pins file pins the images
// of a file for registries: elsewhere, an edit in that file has no effect.
func (p *Pinner) editable() []*candidate {
	var all []*candidate
	for _, c := range p.candidates {
		if !p.Files[c.file].ForRegistry {
			all = append(all, c)
		}
	}
	return all
}

// indexed returns changes by the index of a target with the same reference.
func indexed(changes edits, targets []target) map[*candidate]int {
	first := map[string]int{}
	for i, t := range targets {
		if _, known := first[t.pin.Ref]; !known {
			first[t.pin.Ref] = i
		}
	}
	byTarget := make(map[*candidate]int, len(changes))
	for c, ref := range changes {
		byTarget[c] = first[ref]
	}
	return byTarget
}

// loadWritten loads the model with variables as written, if the plan repeats a list and the
// model does not know all of its variables.
func (p *Pinner) loadWritten(ctx context.Context, pl plan, targets []target) error {
	if p.written != nil || pl.escaped || !p.Model.LostVariables() {
		return nil
	}
	for _, i := range pl.rest {
		if targets[i].repeated() != nil {
			written, err := p.AsWritten(ctx)
			if err != nil {
				written = map[string]any{} // values are used instead of variables
			}
			p.written = written
			return ctx.Err()
		}
	}
	return nil
}

// render makes the pinned files of a plan.
func (p *Pinner) render(pl plan, targets []target) (rendered, error) {
	made := rendered{edits: make([][]yamledit.Edit, len(p.Files))}
	for c, i := range pl.edits {
		made.edits[c.file] = append(made.edits[c.file], yamledit.Edit{Node: c.node, Span: c.span, Value: variables.Escape(targets[i].pin.Ref)})
	}
	for i, file := range p.Files {
		content := file.Content
		if len(made.edits[i]) > 0 {
			var err error
			if content, err = yamledit.Apply(content, made.edits[i]); err != nil {
				return rendered{}, fmt.Errorf("editing %q: %w", file.Name, err)
			}
		}
		made.files = append(made.files, File{Name: file.Name, Content: content, Documents: file.Documents, ForRegistry: file.ForRegistry})
	}
	lists := override.Copier{Model: p.Model, Marks: p.Marks, Interpolate: p.Interpolate, Relative: p.Relative, Written: p.written, Escaped: pl.escaped}
	content, err := overrideFile(pl.rest, targets, p.policies(targets), &lists)
	if err != nil {
		return rendered{}, fmt.Errorf("writing %s: %w", source.PinsName, err)
	}
	if len(content) > 0 {
		made.files = append(made.files, File{Name: source.PinsName, Content: content})
	}
	made.repeats = lists.Variables
	return made, nil
}
