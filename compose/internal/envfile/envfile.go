// Package envfile reads env files as Docker Compose's loader does, within limits: variables
// that refer to each other grow with every line, and the loader expands them all.
package envfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"

	"github.com/compose-spec/compose-go/v2/dotenv"

	"github.com/ocompose/ocompose/compose/internal/quiet"
)

const (
	// maxSize is the maximum size of a file in bytes.
	maxSize = 1 << 20
	// maxExpanded is the maximum total size in bytes of the values of a file, with their
	// variables replaced.
	maxExpanded = 8 << 20
	// maxWork is the maximum sum of the length of each value multiplied by the number of
	// variables in it.
	maxWork = 8 << 20
)

var (
	errTooLarge    = fmt.Errorf("larger than %d MiB", maxSize>>20)
	errTooLong     = fmt.Errorf("its values have more than %d MiB with their variables replaced", maxExpanded>>20)
	errTooMuchWork = errors.New("it has more variables in long values than can be replaced in time")
)

// Read returns the content of an env file, which may be a pipe or a device, such as
// /dev/null.
func Read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(content) > maxSize {
		err = errTooLarge
	}
	return content, err
}

// A File is an env file.
type File struct {
	Path    string
	Content []byte
}

// An Error is an error in one of several env files.
type Error struct {
	Path string
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("reading the env file %q: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Parse returns the variables of env files, each of which can use those of the files before it.
// lookup, which may be nil, has precedence for variables in values, and for variables without a
// value. The error is an [*Error].
func Parse(lookup func(name string) (string, bool), files ...File) (map[string]string, error) {
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	vars := map[string]string{}
	var all []byte // the loader reads them as one file
	for _, file := range files {
		before := bytes.Count(all, []byte("\n"))
		all = append(append(all, bytes.TrimPrefix(file.Content, []byte("\ufeff"))...), '\n')
		var err error
		if len(file.Content) > maxSize {
			err = errTooLarge
		} else if err = check(all, lookup); err == nil {
			vars, err = parse(all, lookup)
		}
		if err != nil {
			return nil, &Error{Path: file.Path, Err: withLine(err, before)}
		}
	}
	return vars, nil
}

func parse(content []byte, lookup func(string) (string, bool)) (map[string]string, error) {
	defer quiet.Quiet()()
	return dotenv.ParseWithLookup(bytes.NewReader(content), lookup)
}

var errorLine = regexp.MustCompile(`^line (\d+): `)

// withLine returns an error of the loader with the line number in the file that it is about.
func withLine(err error, before int) error {
	match := errorLine.FindStringSubmatch(err.Error())
	if match == nil || before == 0 {
		return err
	}
	line, _ := strconv.Atoi(match[1])
	return fmt.Errorf("line %d: %s", line-before, err.Error()[len(match[0]):])
}
