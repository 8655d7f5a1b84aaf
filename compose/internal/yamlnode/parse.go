// Package yamlnode parses YAML files into nodes with lines, and navigates them: it follows
// aliases and merge keys as the Compose loader does. It rejects documents that would take
// forever to load.
//
// It uses the same library as compose-go (go.yaml.in/yaml/v4), so that both agree on which
// files are valid, where a value is, and what type it has. Files are written with
// gopkg.in/yaml.v3.
package yamlnode

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/tally"
)

// Parse returns the documents of a file, as document nodes. If the file is not valid YAML,
// it also returns the documents before the error.
func Parse(ctx context.Context, content []byte) ([]*yaml.Node, error) {
	tally.Parse(ctx)
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	documents := []*yaml.Node{}
	for {
		document := new(yaml.Node)
		err := decoder.Decode(document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return documents, err
		}
		documents = append(documents, document)
	}
}

var lineInError = regexp.MustCompile(`\bL(\d+)\.C\d+(?:-L(\d+)\.C\d+)?|(?i)\bline:? (\d+)`)

// ErrorLine returns the line of a YAML error, or 0: where the problem is, or where the
// construct begins if the problem is the end of the file.
func ErrorLine(err error) int {
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

// WithoutLine returns a YAML error without the line in its text, for errors that have
// a position.
func WithoutLine(err error) error {
	return errors.New(linePrefix.ReplaceAllString(err.Error(), ""))
}
