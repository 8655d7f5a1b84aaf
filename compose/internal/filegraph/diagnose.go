package filegraph

import (
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/template"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// modelPath finds the place in the model that an error of the loader is about.
var modelPath = regexp.MustCompile(`\b(?:services|jobs|volumes|networks|configs|secrets|models|include|name|version)(?:[.\[][^\s:,"']*)?`)

// unknownKey finds the keys that a schema violation is about.
var unknownKey = regexp.MustCompile(`additional propert(?:y|ies) ((?:'[^']*'(?:, )?)+)`)

// nestedLine finds the line that the parser adds after that of the whole document.
var nestedLine = regexp.MustCompile(`construct errors:\s*(?:line \d+: )?(line \d+: )`)

// Diagnose converts an error of the loader to one with a position. The loader names the
// file or the place in the model, and Diagnose finds the line in the files. clean removes
// from a string the marks that were added for the loader.
func Diagnose(g *Graph, err error, clean func(string) string) error {
	if err == nil {
		return nil
	}
	if own := problem.All(err); len(own) > 0 {
		return own[0]
	}
	var several interface{ Unwrap() []error }
	if errors.As(err, &several) {
		var all []error
		for _, each := range several.Unwrap() {
			all = append(all, Diagnose(g, each, clean))
		}
		return errors.Join(all...)
	}
	reason := inOrder(clean(err.Error()))
	files := g.Files
	for _, f := range g.Files {
		if prefix := "validating " + f.Path + ": "; strings.HasPrefix(reason, prefix) {
			reason, files = strings.TrimPrefix(reason, prefix), []*File{f}
			break
		}
		if prefix := "failed to parse " + f.Path + ": "; strings.HasPrefix(reason, prefix) {
			cause := errors.New(nestedLine.ReplaceAllString(strings.TrimPrefix(reason, prefix), "$1"))
			return &problem.Error{Kind: problem.Syntax, Position: problem.Position{File: f.Name, Line: yamlnode.ErrorLine(cause)},
				Reason: "not a valid Compose file", Err: yamlnode.WithoutLine(cause)}
		}
	}
	e := &problem.Error{Kind: problem.Syntax}
	var invalid *template.InvalidTemplateError
	if errors.As(err, &invalid) {
		e.Subject = invalid.Template
	}
	steps, named := errorPlace(g, reason)
	if where, ok := strings.CutSuffix(reason, " false schema"); ok {
		reason = where + " is not a known Compose key"
	}
	if named != nil {
		key := "key"
		if len(named) > 1 {
			key = "keys"
		}
		reason = unknownKey.ReplaceAllString(reason, "has the unknown "+key+" $1")
		reason = strings.TrimSuffix(strings.TrimSpace(reason), " not allowed")
	}
	if len(steps) > 1 && place.IsSection(steps[0]) {
		e.Service = steps[1]
	}
	if len(named) > 0 {
		steps = append(steps, named[0])
	}
	e.Position = deepestIn(files, steps)
	if e.Position.File == "" && len(files) == 1 {
		e.Position.File = files[0].Name
	}
	e.Reason = firstLines(strings.ReplaceAll(reason, g.Dir+string(filepath.Separator), ""))
	return e
}

// inOrder sorts the unknown keys of a schema violation: they come from a map.
func inOrder(reason string) string {
	at := unknownKey.FindStringSubmatchIndex(reason)
	if at == nil {
		return reason
	}
	keys := strings.Split(strings.TrimSuffix(reason[at[2]:at[3]], ", "), ", ")
	slices.Sort(keys)
	return reason[:at[2]] + strings.Join(keys, ", ") + reason[at[3]:]
}

// deepestIn finds the last file with the deepest match of steps.
func deepestIn(files []*File, steps []string) problem.Position {
	var found problem.Position
	best := 0
	for _, f := range slices.Backward(files) {
		for _, document := range f.Documents {
			if line, depth := deepest(document, steps); depth > best {
				best = depth
				found = problem.Position{File: f.Name, Line: line}
			}
		}
	}
	return found
}

// errorPlace parses the place in the model, and the unknown keys there, from an error's
// text.
func errorPlace(g *Graph, reason string) (steps, named []string) {
	if match := unknownKey.FindStringSubmatch(reason); match != nil {
		for key := range strings.SplitSeq(match[1], ", ") {
			named = append(named, strings.Trim(key, "'"))
		}
	}
	found := strings.TrimRight(modelPath.FindString(reason), ".:,")
	if found == "" || named != nil && strings.HasPrefix(strings.TrimSpace(reason), "additional") {
		return nil, named
	}
	found = strings.NewReplacer("[", ".", "]", "").Replace(found)
	steps = strings.Split(found, ".")
	// A name may contain dots: the longest name in the files is one key.
	for end := len(steps); end > 2; end-- {
		if name := strings.Join(steps[1:end], "."); g.has(steps[0], name) {
			return append([]string{steps[0], name}, steps[end:]...), named
		}
	}
	if len(steps) > 2 && place.IsSection(steps[0]) && !g.has(steps[0], steps[1]) {
		return nil, named // no service: the loader leaves out the name in some errors
	}
	return steps, named
}

// has reports whether a section of one of the files has an entry.
func (g *Graph) has(section, name string) bool {
	for _, f := range g.Files {
		for _, document := range f.Documents {
			if yamlnode.Value(yamlnode.Value(document, section), name) != nil {
				return true
			}
		}
	}
	return false
}

// deepest follows steps as far as possible. It returns the line, and the number of steps.
func deepest(node *yaml.Node, steps []string) (line, depth int) {
	for depth < len(steps) {
		n := yamlnode.Resolve(node)
		if n == nil {
			break
		}
		var next *yaml.Node
		switch n.Kind {
		case yaml.MappingNode:
			next = yamlnode.Value(n, steps[depth])
			if next != nil {
				line = keyLine(n, steps[depth], next.Line)
			}
		case yaml.SequenceNode:
			if next = item(n, steps[depth]); next != nil {
				line = next.Line
			}
		}
		if next == nil {
			break
		}
		node = next
		depth++
	}
	return line, depth
}

// keyLine returns the line of a key, which is the line to show for a nested value.
func keyLine(mapping *yaml.Node, key string, otherwise int) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i].Line
		}
	}
	return otherwise
}

// firstLines joins the first three lines of a text into one.
func firstLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[:min(len(lines), 3)], " ")
}
