package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ocompose/ocompose/internal/programtest"
)

func (s *script) json(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "json FILE FIELD [VALUE]")
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	decoder.UseNumber()
	var document any
	ts.Check(decoder.Decode(&document))
	if _, err := decoder.Token(); err != io.EOF {
		ts.Fatalf("%s is more than one JSON document", args[0])
	}
	value, err := field(document, args[1])
	ts.Check(err)
	if len(args) == 2 {
		fmt.Fprintln(ts.Stdout(), value)
		return
	}
	if value != args[2] {
		ts.Fatalf("%s of %s is %s instead of %s", args[1], args[0], value, args[2])
	}
}

var fieldStep = regexp.MustCompile(`^(?:\.([^.\[]+)|\[(\d+)\])`)

// field returns a field of a JSON document as text: a string unchanged, "length N" for an array
// if the path ends with "[]", "absent" for a missing field, JSON for anything else.
func field(document any, path string) (string, error) {
	path, length := strings.CutSuffix(path, "[]")
	for path != "" && path != "." {
		step := fieldStep.FindStringSubmatch(path)
		if step == nil {
			return "", fmt.Errorf("%q is not a field", path)
		}
		path = path[len(step[0]):]
		switch value := document.(type) {
		case map[string]any:
			next, ok := value[step[1]]
			if !ok {
				return "absent", nil
			}
			document = next
		case []any:
			i, err := strconv.Atoi(step[2])
			if err != nil || i >= len(value) {
				return "absent", nil
			}
			document = value[i]
		default:
			return "absent", nil
		}
	}
	if all, ok := document.([]any); ok && length {
		return fmt.Sprintf("length %d", len(all)), nil
	}
	if text, ok := document.(string); ok {
		return text, nil
	}
	raw, err := json.Marshal(document)
	return string(raw), err
}

func (s *script) save(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "save NAME")
	ts.Setenv(args[0], strings.TrimRight(ts.ReadFile("stdout"), "\n"))
}

func (s *script) expand(ts *testscript.TestScript, args []string) {
	for _, file := range args {
		text := ts.ReadFile(file)
		for variable, server := range s.servers {
			text = strings.ReplaceAll(text, "$"+variable, server.Host)
		}
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o644))
	}
}

var (
	someDigest = regexp.MustCompile(`sha256:[0-9a-f]{64}`)
	someSize   = regexp.MustCompile(`("size": )\d+|\b\d+ (?:B|KiB)\b`)
)

func (s *script) normal(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "normal FILE")
	text := ts.ReadFile(args[0])
	for variable, server := range s.servers {
		text = strings.ReplaceAll(text, server.Host, variable)
	}
	text = numbered(text)
	text = someSize.ReplaceAllString(text, "${1}N")
	// Columns are as wide as their original content.
	text = regexp.MustCompile(`(\S) {2,}`).ReplaceAllString(text, "$1  ")
	_, err := io.WriteString(ts.Stdout(), text)
	ts.Check(err)
}

// numbered replaces digests by numbers in order of appearance.
func numbered(text string) string {
	names := map[string]string{}
	return someDigest.ReplaceAllStringFunc(text, func(digest string) string {
		if names[digest] == "" {
			names[digest] = fmt.Sprintf("sha256:%d", len(names)+1)
		}
		return names[digest]
	})
}

func (s *script) plain(ts *testscript.TestScript, args []string) {
	for _, file := range args {
		if found := programtest.Internals(ts.ReadFile(file)); found != "" {
			ts.Fatalf("%s contains %q", file, found)
		}
	}
}
