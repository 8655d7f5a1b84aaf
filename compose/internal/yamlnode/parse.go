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
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/tally"
)

// maxSeparators limits the characters of a file that separate values. Every node has at least
// one, and takes about 170 bytes of memory, so this bounds the memory before decoding.
const maxSeparators = 750_000

// ErrTooLarge is the error of [Parse] for a file with too many separators of values.
var ErrTooLarge = fmt.Errorf("the file has more than %d commas, colons, hyphens, brackets and line breaks", maxSeparators)

// Parse returns the documents of a file, as document nodes. If the file is not valid YAML,
// it also returns the documents before the error. The error is [ErrTooLarge] for a file that
// is not decoded.
func Parse(ctx context.Context, content []byte) ([]*yaml.Node, error) {
	tally.Parse(ctx)
	if countSeparators(content) > maxSeparators {
		return nil, ErrTooLarge
	}
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

func countSeparators(content []byte) int {
	n := 0
	for _, c := range content {
		switch c {
		case ',', ':', '-', '[', '{', '?', '\n', '\r':
			n++
		}
	}
	return n
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
