package compose

import (
	"errors"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/compose-spec/compose-go/v2/template"
	"gopkg.in/yaml.v3"
)

// modelPath finds the place in the model that an error of the loader is about.
var modelPath = regexp.MustCompile(`\b(?:services|jobs|volumes|networks|configs|secrets|models|include|name|version)(?:[.\[][^\s:,"']*)?`)

// unknownKey finds the keys that a schema violation is about.
var unknownKey = regexp.MustCompile(`additional propert(?:y|ies) ((?:'[^']*'(?:, )?)+)`)

// nestedLine finds a line that the parser puts behind that of the whole document.
var nestedLine = regexp.MustCompile(`construct errors:\s*(?:line \d+: )?(line \d+: )`)

// diagnose turns an error of the loader into one that says where the problem is. The
// loader knows the file or the place in the model; the line is found in the files.
func (g *graph) diagnose(err error) error {
	if err == nil {
		return nil
	}
	if own := Errors(err); len(own) > 0 {
		return own[0]
	}
	var several interface{ Unwrap() []error }
	if errors.As(err, &several) {
		var all []error
		for _, each := range several.Unwrap() {
			all = append(all, g.diagnose(each))
		}
		return errors.Join(all...)
	}
	reason := strings.ReplaceAll(err.Error(), includeMark, "")
	reason = showUnset(reason)
	files := g.all
	for _, f := range g.all {
		if prefix := "validating " + f.path + ": "; strings.HasPrefix(reason, prefix) {
			reason, files = strings.TrimPrefix(reason, prefix), []*graphFile{f}
			break
		}
		if prefix := "failed to parse " + f.path + ": "; strings.HasPrefix(reason, prefix) {
			cause := errors.New(nestedLine.ReplaceAllString(strings.TrimPrefix(reason, prefix), "$1"))
			return &Error{Problem: ProblemSyntax, Position: Position{File: f.name, Line: errorLine(cause)},
				Reason: "no valid Compose file", Err: withoutLine(cause)}
		}
	}
	e := &Error{Problem: ProblemSyntax}
	var invalid *template.InvalidTemplateError
	if errors.As(err, &invalid) {
		e.Subject = invalid.Template
	}
	steps, named := g.errorPlace(reason)
	if place, ok := strings.CutSuffix(reason, " false schema"); ok {
		reason = place + " is no key that Compose knows"
	}
	if named != nil {
		reason = unknownKey.ReplaceAllString(reason, "has $1, which Compose does not know")
		reason = strings.TrimSuffix(strings.TrimSpace(reason), " not allowed")
	}
	if len(steps) > 1 && (steps[0] == "services" || steps[0] == "jobs") {
		e.Service = steps[1]
	}
	// The last file that has the place as deep as possible.
	best := 0
	for i := len(files) - 1; i >= 0; i-- {
		for _, document := range files[i].documents {
			line, depth := deepest(document, append(steps, named...))
			if depth > best {
				best = depth
				e.Position = Position{File: files[i].name, Line: line}
			}
		}
	}
	if e.Position.File == "" && len(files) == 1 {
		e.Position.File = files[0].name
	}
	e.Reason = firstLines(strings.ReplaceAll(reason, g.dir+string(filepath.Separator), ""))
	return e
}

// errorPlace reads the place in the model out of an error's text.
func (g *graph) errorPlace(reason string) (steps, named []string) {
	if match := unknownKey.FindStringSubmatch(reason); match != nil {
		first, _, _ := strings.Cut(strings.Trim(match[1], "'"), "'")
		named = []string{first}
	}
	place := strings.TrimRight(modelPath.FindString(reason), ".:,")
	if place == "" || named != nil && strings.HasPrefix(strings.TrimSpace(reason), "additional") {
		return nil, named
	}
	place = strings.NewReplacer("[", ".", "]", "").Replace(place)
	steps = strings.Split(place, ".")
	// A name may have dots of its own: join what the files know as one key.
	if len(steps) > 2 {
		for end := len(steps); end > 2; end-- {
			name := strings.Join(steps[1:end], ".")
			for _, f := range g.all {
				for _, document := range f.documents {
					if valueOf(valueOf(document, steps[0]), name) != nil {
						steps = append([]string{steps[0], name}, steps[end:]...)
						end = 0
						break
					}
				}
				if end == 0 {
					break
				}
			}
		}
	}
	return steps, named
}

// deepest follows steps as far as they lead and returns the line and how many were taken.
func deepest(node *yaml.Node, steps []string) (line, depth int) {
	for depth < len(steps) {
		n := resolved(node)
		if n == nil {
			break
		}
		var next *yaml.Node
		switch n.Kind {
		case yaml.MappingNode:
			next = valueOf(n, steps[depth])
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

// keyLine is the line of a key, which for a nested value is the one to show.
func keyLine(mapping *yaml.Node, key string, otherwise int) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i].Line
		}
	}
	return otherwise
}

// firstLines makes one line of a text, of at most three of its lines.
func firstLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[:min(len(lines), 3)], " ")
}
