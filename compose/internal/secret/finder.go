// Package secret looks for secrets in files that would be packaged. There are two signs of
// one: the name of a variable that has a literal value, and the form of a value. Its reports
// never contain the value.
//
// Under a name like PASSWORD or API_KEY any literal value counts, with these exceptions:
// an empty one, a small number or a switch, a path (POSTGRES_PASSWORD_FILE:
// /run/secrets/db, like every variable that ends in _FILE or _PATH), a word that asks to be
// replaced (changeme, your-token, <token>, xxx), and one with a variable in it.
package secret

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/DefangLabs/secret-detector/pkg/detectors/artifactory"
	"github.com/DefangLabs/secret-detector/pkg/detectors/keyword"
	"github.com/DefangLabs/secret-detector/pkg/scanner"
	"github.com/DefangLabs/secret-detector/pkg/secrets"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// A Finder looks for secrets in files.
type Finder struct {
	values   secrets.Scanner
	seen     map[*yaml.Node]bool
	reported map[spot]bool
	errs     []error
}

// spot is where a secret was found.
type spot struct {
	at      problem.Position
	service string
}

// NewFinder returns a Finder that has found nothing yet.
func NewFinder() *Finder {
	config := scanner.NewConfigWithDefaults()
	config.Transformers = nil
	config.Detectors = slices.DeleteFunc(config.Detectors, func(name string) bool {
		// Names are looked at here, and not in running text; Artifactory's form is that
		// of many ordinary words.
		return name == keyword.Name || name == artifactory.Name
	})
	values, _ := scanner.NewScannerFromConfig(config)
	return &Finder{values: values, seen: map[*yaml.Node]bool{}, reported: map[spot]bool{}}
}

// Errs returns an error for each secret that was found.
func (f *Finder) Errs() []error { return f.errs }

// Document looks through a document of a Compose file.
func (f *Finder) Document(file string, document *yaml.Node) {
	for container := range place.Nodes(document) {
		f.node(file, container.Name, "", container.Node, 0)
	}
	f.node(file, "", "", yamlnode.Resolve(document), 0)
}

// maxDepth bounds how deep values are looked at.
const maxDepth = 100

// node looks through a value and everything below it. key is the key of the value.
func (f *Finder) node(file, service, key string, node *yaml.Node, depth int) {
	if node == nil || f.seen[node] || depth > maxDepth {
		return
	}
	f.seen[node] = true
	switch node.Kind {
	case yaml.AliasNode:
		f.node(file, service, key, node.Alias, depth+1)
	case yaml.ScalarNode:
		f.scalar(file, service, key, node)
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			name, value := node.Content[i], node.Content[i+1]
			next := name.Value
			switch {
			case yamlnode.IsMergeKey(name):
				next = key // what is merged belongs to the mapping
			case variableKeys[key]:
				f.variable(file, service, name.Value, value)
			}
			f.node(file, service, next, value, depth+1)
		}
	case yaml.SequenceNode:
		for _, value := range node.Content {
			if name, literal, ok := strings.Cut(yamlnode.Text(value), "="); ok && variableKeys[key] {
				f.variable(file, service, name, &yaml.Node{Kind: yaml.ScalarNode, Value: literal, Line: value.Line})
			}
			f.node(file, service, key, value, depth+1)
		}
	}
}

// variableKeys are the keys of a Compose file that hold variables with their values.
var variableKeys = map[string]bool{"environment": true, "args": true}

// variable judges a variable by its name.
func (f *Finder) variable(file, service, name string, value *yaml.Node) {
	if Looks(name, yamlnode.Text(value)) {
		f.report(problem.Position{File: file, Line: value.Line}, service, name, fmt.Sprintf("%s has a literal value and is named like a secret", name))
	}
}

// scalar judges a value by its form.
func (f *Finder) scalar(file, service, key string, node *yaml.Node) {
	if key == "content" {
		first := node.Line
		if node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			first++
		}
		f.lines(file, first, node.Value, true)
		return
	}
	if kind := f.form(node.Value); kind != "" {
		f.report(problem.Position{File: file, Line: node.Line}, service, key, fmt.Sprintf("a value looks like a secret (%s)", kind))
	}
}

// File looks through a file that is carried. With named, it is one of settings, whose
// names are judged as well.
func (f *Finder) File(name string, content []byte, named bool) {
	if utf8.Valid(content) {
		f.lines(name, 1, string(content), named)
	}
}

var setting = regexp.MustCompile(`^\s*(?:export\s+)?["']?([\w.-]+)["']?\s*[:=]\s*(.*?)[,;]?\s*$`)

// Setting returns the name and the value of a line of settings: "NAME=value".
func Setting(line string) (name, value string, ok bool) {
	match := setting.FindStringSubmatch(line)
	if match == nil {
		return "", "", false
	}
	return match[1], strings.Trim(match[2], `"'`), true
}

// lines looks through text, by name as well if it holds settings.
func (f *Finder) lines(file string, first int, content string, named bool) {
	for i, line := range strings.Split(content, "\n") {
		at := problem.Position{File: file, Line: first + i}
		if name, value, ok := Setting(line); named && ok && Looks(name, value) {
			f.report(at, "", name, fmt.Sprintf("%s has a literal value and is named like a secret", name))
		} else if kind := f.form(line); kind != "" {
			f.report(at, "", "", fmt.Sprintf("the line looks like a secret (%s)", kind))
		}
	}
}

// report records one secret for each place and service.
func (f *Finder) report(at problem.Position, service, subject, reason string) {
	if here := (spot{at, service}); !f.reported[here] {
		f.reported[here] = true
		f.errs = append(f.errs, &problem.Error{Kind: problem.Secret, Position: at, Service: service, Subject: subject, Reason: reason})
	}
}
