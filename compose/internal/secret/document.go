package secret

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// Document searches a document of a Compose file.
func (f *Finder) Document(file string, document *yaml.Node) {
	for container := range place.Nodes(document) {
		f.knows(container.Name)
		f.node(value{file: file, service: container.Name}, container.Node, 0)
	}
	f.node(value{file: file}, yamlnode.Resolve(document), 0)
}

// Comments searches a Compose file for tokens and private keys outside the values of its
// documents, which have been searched before.
func (f *Finder) Comments(file string, content []byte) {
	text := string(content)
	at := lines(text, problem.Position{File: file, Line: 1})
	if i := privateKey(text); i >= 0 && !f.keyFiles[file] {
		f.report(Finding{At: at(i), Certainty: Known, Reason: "it contains a private key"}, "")
	}
	for _, m := range tokens(text) {
		if !f.tokens[m.text] {
			f.report(Finding{At: at(m.at), Certainty: Known, Reason: "a comment has the form of a secret (" + m.kind + ")"}, "")
		}
	}
}

// A value is the place of a node in a document.
type value struct {
	file, service string
	// key is the key of the node, and above the key of its mapping.
	key, above string
}

// maxDepth limits how deep values are searched.
const maxDepth = 200

// node searches a node and everything below it.
func (f *Finder) node(at value, node *yaml.Node, depth int) {
	if node == nil || f.seen[node] || depth > maxDepth {
		return
	}
	f.seen[node] = true
	switch node.Kind {
	case yaml.AliasNode:
		f.node(at, node.Alias, depth+1)
	case yaml.ScalarNode:
		f.scalar(at, node)
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			name, child := node.Content[i], node.Content[i+1]
			f.node(at, name, depth+1)
			next := value{at.file, at.service, name.Value, at.key}
			switch {
			case yamlnode.IsMergeKey(name):
				next = at // merged values belong to the mapping
			case variableKeys[at.key]:
				f.named(at.line(child), at.service, name.Value, yamlnode.Text(child))
			}
			f.node(next, child, depth+1)
		}
	case yaml.SequenceNode:
		for i, child := range node.Content {
			next := at
			if name, literal, ok := strings.Cut(yamlnode.Text(child), "="); ok && variableKeys[at.key] {
				next.key = name
				f.named(at.line(child), at.service, name, literal)
			} else if flag := optionName(node.Content, i); flag != "" {
				f.named(at.line(child), at.service, flag, ofShell(yamlnode.Text(child)))
			}
			f.node(next, child, depth+1)
		}
	}
}

func (v value) line(node *yaml.Node) problem.Position {
	return problem.Position{File: v.file, Line: node.Line}
}

// variableKeys are the keys of a Compose file whose values are names with values.
var variableKeys = map[string]bool{"environment": true, "args": true, "labels": true, "annotations": true, "driver_opts": true, "options": true}

// optionName returns the name of the option whose value an argument is:
// ["--password", "abc"].
func optionName(arguments []*yaml.Node, i int) string {
	if i == 0 {
		return ""
	}
	name, isOption := strings.CutPrefix(yamlnode.Text(arguments[i-1]), "--")
	if !isOption || strings.ContainsAny(name, "= ") || strings.HasPrefix(yamlnode.Text(arguments[i]), "-") {
		return ""
	}
	return name
}

// options are settings in a command or in the options of a driver.
var options = lazy(`(?:^|[\s,;?&=("'])(?:(-{0,2}[A-Za-z][\w.-]*)=|(--[A-Za-z][\w.-]*)\s+)("[^"\n]*"|'[^'\n]*'|[^\s,;&"')]+)`)

// scalar judges a value by its form, and the settings in it by their names.
func (f *Finder) scalar(at value, node *yaml.Node) {
	if at.key == "content" {
		first := node.Line
		if node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			first++
		}
		f.text(problem.Position{File: at.file, Line: first}, node.Value, contentOf(at.above, node.Value), at.above)
		return
	}
	here := at.line(node)
	f.forms(node.Value, at.service, func(int) problem.Position { return here }, func(int) string { return at.key })
	if len(node.Value) < 8 {
		return
	}
	if isLongRandom(node.Value) && !variableKeys[at.above] {
		f.named(here, at.service, at.key, node.Value)
	}
	for _, m := range options().FindAllStringSubmatch(node.Value, -1) {
		if literal := strings.Trim(m[3], `"'`); !strings.HasPrefix(literal, "-") {
			f.named(here, at.service, strings.TrimLeft(m[1]+m[2], "-"), ofShell(literal))
		}
	}
}

// shellValue is a value that the shell in the container computes from a variable or a command. A
// Compose file doubles its dollar sign.
var shellValue = lazy(`^\$\$(?:[A-Z_][A-Z0-9_]*$|\{[A-Za-z_]\w*[:}-]|\()`)

// ofShell returns a command's value that has a shell variable as one with a Compose variable, and
// any other value unchanged.
func ofShell(value string) string {
	if shellValue().MatchString(value) {
		return strings.ReplaceAll(value, "$$", "$")
	}
	return value
}
