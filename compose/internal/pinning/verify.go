package pinning

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/override"
	"github.com/ocompose/ocompose/compose/internal/yamledit"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// errEdit is the error for edits that change more than values in a file.
var errEdit = errors.New("the edited file can't be used")

// verify reads the pinned files and compares their model with the original. With an error
// it returns the key of the place that differs, if known.
func (p *Pinner) verify(ctx context.Context, made rendered, targets []target) (string, error) {
	changed := false
	for i := range made.files {
		file := &made.files[i]
		if i < len(p.Files) && len(made.edits[i]) == 0 {
			continue
		}
		changed = true
		documents, err := yamlnode.Parse(ctx, file.Content)
		if err == nil && i < len(p.Files) {
			err = yamledit.Check(p.Files[i].Documents, documents, made.edits[i])
		}
		if err != nil {
			return "", fmt.Errorf("editing %q: %w: %w", file.Name, errEdit, err)
		}
		file.Documents = documents
	}
	if !changed {
		return "", nil
	}
	pinned, err := p.Load(ctx, made.files)
	if err != nil {
		return "", fmt.Errorf("reading the pinned files back: %w", err)
	}
	if at, differs := unwantedDifference(pinned, targets, p.Model.Tree, p.Relative); differs {
		return at.Key(), fmt.Errorf("the pins would change %s", at)
	}
	for _, t := range targets {
		if value, _ := model.Text(pinned, t.at); value != t.pin.Ref {
			return t.key, fmt.Errorf("%s would be %q, not %q", t.path, value, t.pin.Ref)
		}
	}
	return "", nil
}

// unwantedDifference finds a place where a pinned model differs from the original, except
// for the pins of targets, pull policies, and pins of values under an "x-" key of the files
// that no service uses.
func unwantedDifference(pinned map[string]any, targets []target, original map[string]any, relative func(string) string) (model.Path, bool) {
	wanted := map[string]string{}
	refs := map[string]bool{}
	for _, t := range targets {
		wanted[t.key] = t.pin.Ref
		refs[t.pin.Ref] = true
	}
	return model.Difference(original, pinned, func(at model.Path, before, value any) bool {
		if override.IsRelative(relative, before, value) {
			return true
		}
		ref, ok := value.(string)
		if !ok || len(at) == 0 {
			return false
		}
		if isPolicyChange(at, before, value) {
			return wanted[at[:2].Join("image").Key()] != ""
		}
		if name, _ := at[0].(string); strings.HasPrefix(name, "x-") {
			return refs[ref]
		}
		return ref != "" && wanted[at.Key()] == ref
	})
}
