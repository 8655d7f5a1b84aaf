package pinning

import (
	"context"
	"slices"

	"github.com/ocompose/ocompose/compose/internal/yamledit"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// dropFixed removes the candidates that can't be edited without other changes to the file,
// such as a comment that belongs to another node once a value is on one line.
func (p *Pinner) dropFixed(ctx context.Context) {
	byFile := make([][]*candidate, len(p.Files))
	for _, c := range p.candidates {
		byFile[c.file] = append(byFile[c.file], c)
	}
	p.candidates = nil
	for i, file := range p.Files {
		trials := trials{ctx: ctx, file: file, left: maxTrials}
		p.candidates = append(p.candidates, trials.editable(byFile[i])...)
	}
}

// maxTrials limits how often a file is parsed to find the candidates that can't be edited.
const maxTrials = 100

// trials edit a file to find out what can be edited.
type trials struct {
	ctx  context.Context
	file File
	left int
}

// editable returns the candidates that can be edited. After too many trials, it returns only
// those known to be editable.
func (t *trials) editable(candidates []*candidate) []*candidate {
	if len(candidates) == 0 {
		return nil
	}
	if t.left--; t.left < 0 {
		for _, c := range candidates {
			c.drop()
		}
		return nil
	}
	if t.edit(candidates) == nil {
		return candidates
	}
	if len(candidates) == 1 {
		candidates[0].drop()
		return nil
	}
	half := len(candidates) / 2
	return slices.Concat(t.editable(candidates[:half]), t.editable(candidates[half:]))
}

// edit edits candidates together.
func (t *trials) edit(candidates []*candidate) error {
	edits := make([]yamledit.Edit, len(candidates))
	for i, c := range candidates {
		edits[i] = yamledit.Edit{Node: c.node, Span: c.span, Value: "a:b/c@d"}
	}
	edited, err := yamledit.Apply(t.file.Content, edits)
	if err != nil {
		return err
	}
	documents, err := yamlnode.Parse(t.ctx, edited)
	if err != nil {
		return err
	}
	return yamledit.Check(t.file.Documents, documents, edits)
}

// drop removes a candidate that can't be edited from the decisions about others.
func (c *candidate) drop() {
	if c.anchor != nil {
		c.anchor.shared = true
	}
	for _, alias := range c.aliases {
		alias.anchor = nil
	}
}
