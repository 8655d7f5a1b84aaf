package secret

import (
	"bytes"
	"encoding/binary"
	"path"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ocompose/ocompose/compose/internal/problem"
)

// File searches a carried file. name is the user's name for it.
func (f *Finder) File(name string, content []byte) {
	text, isText := decode(content)
	if !isText && keyStores[strings.ToLower(path.Ext(name))] {
		f.report(Finding{At: problem.Position{File: name}, Certainty: Known, Reason: "it contains a private key, judging by its name"}, "")
		return
	}
	kind := contentOf(name, text)
	if !isText {
		kind = prose
	}
	if kind == settings || kind == environment {
		f.lone(name, text)
	}
	f.text(problem.Position{File: name, Line: 1}, text, kind, "")
}

// lone checks a file that contains a single value by its name, or its folder's name:
// "secrets/db_password.txt".
func (f *Finder) lone(name, text string) {
	value := strings.TrimSpace(text)
	if value == "" || len(value) > maxLine || strings.ContainsAny(value, " \t\r\n") || isHarmless(value) {
		return
	}
	base := path.Base(name)
	bare := strings.TrimSuffix(base, path.Ext(base))
	folder := path.Base(path.Dir(name))
	if kindOf(base).secret || kindOf(bare).secret || folder == "secrets" || folder == ".secrets" {
		f.report(Finding{At: problem.Position{File: name, Line: 1}, Name: bare, Certainty: Likely,
			Reason: "it contains a single literal value, and its name is that of a secret"}, value)
	}
}

// keyStores are the extensions of binary files that contain keys.
var keyStores = map[string]bool{".p12": true, ".pfx": true, ".jks": true, ".keystore": true, ".kdbx": true, ".key": true, ".ppk": true}

// decode returns the text of a file, and whether it is text.
func decode(content []byte) (string, bool) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(content, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return string(content), utf8.Valid(content) && !bytes.Contains(content, []byte{0})
	}
	units := make([]uint16, len(content)/2-1)
	for i := range units {
		units[i] = order.Uint16(content[2*i+2:])
	}
	return string(utf16.Decode(units)), true
}

// A contentKind is how a text is parsed.
type contentKind int

const (
	// prose has no settings.
	prose contentKind = iota
	// settings have values that may be expressions of another language.
	settings
	// environment has values as in env files.
	environment
	// program has settings whose values are literals only if quoted.
	program
)

var (
	environmentFile = lazy(`(?i)(?:^|/)\.?env(?:\.[^/]*)?$|\.env(?:\.[^/]*)?$|[-_]env$`)
	programFile     = lazy(`(?i)\.(?:py|js|mjs|cjs|ts|tsx|jsx|rb|php|pl|lua|go|java|kt|cs|c|h|cpp|rs|ex|exs|groovy|gradle|vcl|rego|cue|jsonnet|tpl|tmpl|j2|jinja2?|erb)$`)
	proseFile       = lazy(`(?i)\.(?:md|rst|adoc|html?|css|scss|svg|csv|log|po|tex)$`)
)

// contentOf returns how to parse a file, from its name and first line.
func contentOf(name, text string) contentKind {
	switch {
	case environmentFile().MatchString(name):
		return environment
	case proseFile().MatchString(name):
		return prose
	case programFile().MatchString(name), strings.HasPrefix(text, "#!") && !strings.Contains(text[:min(len(text), 64)], "sh"):
		return program
	}
	return settings
}

// text searches a text that begins at a position. otherwise is the name of values without a
// name.
func (f *Finder) text(first problem.Position, text string, kind contentKind, otherwise string) {
	at := lines(text, first)
	nameAt := namesOf(text, kind, otherwise)
	f.forms(text, "", at, nameAt)
	if kind == prose {
		return
	}
	index := 0
	for line := range strings.Lines(text) {
		if len(line) <= maxLine {
			if name, value, ok := setting(strings.TrimRight(line, "\r\n"), kind); ok {
				f.named(at(index), "", name, value)
			}
			for _, m := range inLine().FindAllStringSubmatch(line, -1) {
				f.named(at(index), "", m[1]+m[3], strings.TrimSpace(m[2]+m[4]))
			}
		}
		index += len(line)
	}
}

// namesOf returns a function that returns the name of the setting in the line of an index.
func namesOf(text string, kind contentKind, otherwise string) func(int) string {
	start, end, name := 0, -1, otherwise
	return func(index int) string {
		if index >= start && index <= end {
			return name // one line may have many
		}
		start, end, name = strings.LastIndexByte(text[:index], '\n')+1, len(text), otherwise
		if n := strings.IndexByte(text[index:], '\n'); n >= 0 {
			end = index + n
		}
		if kind != prose && end-start <= maxLine {
			if set, _, ok := setting(text[start:end], kind); ok {
				name = set
			}
		}
		return name
	}
}

// maxLine is the maximum length of a line that is parsed as a setting, in bytes.
const maxLine = 64 << 10

// inLine are the settings of XML, and of JSON, of which a line may have several.
var inLine = lazy(`<([\w.-]+)>([^<>]+)</|"([\w.-]+)"\s*:\s*"((?:[^"\\]|\\.)*)"`)

var settingLine = lazy(`^\s*(?:-\s+)?(?:(?:export|set|var|let|const|define|ENV|ARG|declare(?:\s+-\w+)?)[\s(]+)?["'$]{0,2}([A-Za-z_][\w.-]*)["']?\]?\s*(=>|:=|[:=,])\s*(.*?)\s*$`)

// setting returns the name and the literal value of a line like NAME=value or name: value.
// The value is empty if it is an expression, or is on another line.
func setting(line string, kind contentKind) (name, value string, ok bool) {
	match := settingLine().FindStringSubmatch(line)
	if match == nil || match[2] == "," && kind != program {
		return "", "", false
	}
	value, quoted := literal(match[3], kind)
	if kind == program && !quoted || !quoted && kind != environment && isExpression(value) {
		value = ""
	}
	return match[1], value, true
}

// literal removes the quotes of a value, and a trailing comment.
func literal(value string, kind contentKind) (literal string, quoted bool) {
	if value != "" && strings.ContainsRune("\"'`", rune(value[0])) {
		rest := value[1:]
		for i := 0; i < len(rest); i++ {
			switch {
			case rest[i] == '\\' && value[0] == '"':
				i++
			case rest[i] == value[0]:
				if value[0] == '\'' && kind == environment {
					return strings.ReplaceAll(rest[:i], "$", "$$"), true // no variables
				}
				return rest[:i], true
			}
		}
		return rest, true
	}
	if strings.HasPrefix(value, "#") {
		return "", false
	}
	comments := []string{" #", "\t#", " //", " ;"}
	if kind == environment {
		comments = comments[:2]
	}
	for _, comment := range comments {
		value, _, _ = strings.Cut(value, comment)
	}
	value = strings.TrimSpace(value)
	if kind != environment {
		value = strings.TrimRight(value, ",;")
	}
	return value, false
}

var (
	// expression is a call, an index, the beginning of a block, or a reference.
	expression = lazy(`^[A-Za-z_][\w.:>-]*\s*[(\[{]|^[|>][+-]?\d?$|^[\[{(]|^![a-z]\w*(?:\s|$)|^[&*][A-Za-z_-]+(?:\s|$)|[({\[]$|^(?:process|os|sys|self|this|config|settings|env|environ)\.`)
	// sentence is a text of several words.
	sentence = lazy(`^\S+(?:\s+\S+){2,}$`)
)

func isExpression(value string) bool {
	return expression().MatchString(value) || sentence().MatchString(value)
}
