package filegraph

import (
	"fmt"
	"slices"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/internal/limits"
)

// openRemote reads the composition in a registry that a file names.
func (r *reader) openRemote(f *File, ref string, at problem.Position, role Role, what string) *File {
	fail := func(reason string, err error) *File {
		r.fail(&problem.Error{Kind: problem.File, Subject: ref, Position: at, Reason: reason, Err: err})
		return nil
	}
	switch {
	case !localfile.IsComposition(ref):
		return fail(fmt.Sprintf("%s: %q: it is neither a local file nor a composition in a registry (oci://…): copy the files into the project folder and name those", what, ref), nil)
	case r.remote == nil:
		return fail(fmt.Sprintf("%s: %q is not a local file, and nothing is read from registries here", what, ref), nil)
	case f.depth >= limits.IncludeDepth:
		return fail(fmt.Sprintf("%s: %q", what, ref), &limits.Error{What: "compositions that include each other in a row", Limit: limits.IncludeDepth})
	}
	stage, err := r.remote(r.ctx, ref)
	if err != nil {
		return fail(fmt.Sprintf("%s: reading %q", what, ref), err)
	}
	if !slices.Contains(r.stages, stage) {
		r.stages = append(r.stages, stage)
	}
	content, err := stage.Read(stage.Main())
	if err != nil {
		return fail(fmt.Sprintf("%s: reading %q", what, ref), err)
	}
	return &File{Path: stage.Main(), Name: ref, Role: role, Content: content, From: at, Ref: ref, within: stage.Root, depth: f.depth + 1}
}
