package compose

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"gopkg.in/yaml.v3"
)

// maxDepth bounds following aliases and references from file to file.
const maxDepth = 100

// readDocuments parses the YAML documents of a file into nodes, which know their
// lines. A document that is empty is nil.
func readDocuments(content []byte) ([]*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var documents []*yaml.Node
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return documents, err
		}
		if document.Kind == yaml.DocumentNode && len(document.Content) == 1 {
			documents = append(documents, document.Content[0])
		}
	}
}

// resolved follows an alias to what it stands for.
func resolved(node *yaml.Node) *yaml.Node {
	for i := 0; node != nil && node.Kind == yaml.AliasNode && i < maxDepth; i++ {
		node = node.Alias
	}
	return node
}

// valueOf returns the value of a key of a mapping, looking through aliases and merge
// keys, as the node where it is used: nil if there is none.
func valueOf(node *yaml.Node, key string) *yaml.Node {
	var found *yaml.Node
	eachMapping(node, func(mapping *yaml.Node) bool {
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if k := mapping.Content[i]; k.Value == key && k.Kind == yaml.ScalarNode && k.Tag != "!!merge" {
				found = mapping.Content[i+1]
				return false
			}
		}
		return true
	})
	return found
}

// keysOf lists the keys of a mapping in order, those of its merge keys included.
func keysOf(node *yaml.Node) []string {
	seen := map[string]bool{}
	var keys []string
	eachMapping(node, func(mapping *yaml.Node) bool {
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if k := mapping.Content[i]; k.Tag != "!!merge" && !seen[k.Value] {
				seen[k.Value] = true
				keys = append(keys, k.Value)
			}
		}
		return true
	})
	return keys
}

// eachMapping visits a mapping and those that it merges in, the ones that win first,
// each once, until visit returns false.
func eachMapping(node *yaml.Node, visit func(*yaml.Node) bool) {
	seen := map[*yaml.Node]bool{}
	var walk func(node *yaml.Node, merged bool) bool
	walk = func(node *yaml.Node, merged bool) bool {
		node = resolved(node)
		if node == nil || seen[node] {
			return true
		}
		seen[node] = true
		if node.Kind == yaml.SequenceNode && merged {
			for _, each := range node.Content {
				if !walk(each, true) {
					return false
				}
			}
		}
		if node.Kind != yaml.MappingNode {
			return true
		}
		if !visit(node) {
			return false
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Tag == "!!merge" && !walk(node.Content[i+1], true) {
				return false
			}
		}
		return true
	}
	walk(node, false)
}

// items are the nodes of a sequence; a single value counts as a sequence of one.
func items(node *yaml.Node) []*yaml.Node {
	node = resolved(node)
	switch {
	case node == nil || node.Tag == "!!null":
		return nil
	case node.Kind == yaml.SequenceNode:
		return node.Content
	}
	return []*yaml.Node{node}
}

// text is the value of a scalar, empty for anything else.
func text(node *yaml.Node) string {
	node = resolved(node)
	if node == nil || node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
		return ""
	}
	return node.Value
}

// loaderError is the error that Docker Compose's loader has for a file that is no YAML,
// because it knows the place better; or err, if it has none.
func loaderError(ctx context.Context, content []byte, err error) (best error) {
	defer func() {
		if recover() != nil {
			best = err // the loader falls over some files
		}
	}()
	defer quiet()()
	details := types.ConfigDetails{WorkingDir: "/", Environment: types.Mapping{}, ConfigFiles: []types.ConfigFile{configFile("/", content)}}
	_, better := loader.LoadModelWithContext(ctx, details, func(o *loader.Options) {
		o.SetProjectName("x", true)
		// What this parser does not take may still be something that the loader takes,
		// and does not come back from.
		o.MaxNodeVisits = 1000
		o.SkipValidation, o.SkipInterpolation, o.SkipInclude, o.SkipExtends, o.SkipNormalization = true, true, true, true, true
	})
	if better != nil && lineInError.MatchString(better.Error()) {
		return better
	}
	return err
}

var lineInError = regexp.MustCompile(`\bL(\d+)\.C\d+(?:-L(\d+)\.C\d+)?|(?i)\bline:? (\d+)`)

// errorLine finds the line that a YAML error tells, or 0: where the problem shows, or
// where what it is about begins if that is the end of the file.
func errorLine(err error) int {
	match := lineInError.FindStringSubmatch(err.Error())
	if match == nil {
		return 0
	}
	found := match[1] + match[3]
	if match[2] != "" && !strings.Contains(err.Error(), "end of stream") {
		found = match[2]
	}
	line, _ := strconv.Atoi(found)
	return line
}

var linePrefix = regexp.MustCompile(`^(?:failed to parse [^:]*: )?(?:go-yaml load error .*? at L[^:]*: |(?:go-)?(?:yaml: )?(?:unmarshal errors:\s*)?(?:line:? \d+:? ?)?)`)

// withoutLine takes the line, which an [Error] tells, out of a YAML error's text.
func withoutLine(err error) error {
	return errors.New(linePrefix.ReplaceAllString(err.Error(), ""))
}

// maxExpandedNodes bounds the nodes of a document with its aliases written out. The
// largest real projects have some ten thousand.
const maxExpandedNodes = 1_000_000

var errTooManyNodes = fmt.Errorf("the file has more than %d values with its aliases written out", maxExpandedNodes)

// expandedSize counts the nodes of a document with its aliases written out, up to
// somewhat more than [maxExpandedNodes]. There must be no alias inside of what it names.
func expandedSize(node *yaml.Node, known map[*yaml.Node]int) int {
	if node == nil {
		return 0
	}
	if size, ok := known[node]; ok {
		return size
	}
	size := 1 + expandedSize(node.Alias, known)
	for _, child := range node.Content {
		if size = size + expandedSize(child, known); size > maxExpandedNodes {
			break
		}
	}
	known[node] = size
	return size
}
