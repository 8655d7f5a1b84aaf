package secret

import (
	"bytes"
	"encoding/binary"
	"path"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ocompose/ocompose/compose/internal/problem"
)

// File looks through a file that is carried, under the name that the user has for it.
func (f *Finder) File(name string, content []byte) {
	text, isText := decode(content)
	if !isText && keyStores[strings.ToLower(path.Ext(name))] {
		f.report(Finding{At: problem.Position{File: name}, Certainty: Known, Reason: "it contains a private key, going by its name"}, "")
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

// lone judges a file with nothing but one value, by its name or that of its folder:
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
			Reason: "it has nothing but a literal value, and is named like a secret"}, value)
	}
}

// keyStores are the extensions of binary files that hold keys.
var keyStores = map[string]bool{".p12": true, ".pfx": true, ".jks": true, ".keystore": true, ".kdbx": true, ".key": true, ".ppk": true}

// decode returns the text of a file, and whether it is one.
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

// A contentKind is how a text is read.
type contentKind int

const (
	// prose has no settings.
	prose contentKind = iota
	// settings have values that may be expressions of a language of their own.
	settings
	// environment has values as env files write them.
	environment
	// program has settings whose values are literals only in quotes.
	program
)

var (
	environmentFile = regexp.MustCompile(`(?i)(?:^|/)\.?env(?:\.[^/]*)?$|\.env(?:\.[^/]*)?$|[-_]env$`)
	programFile     = regexp.MustCompile(`(?i)\.(?:py|js|mjs|cjs|ts|tsx|jsx|rb|php|pl|lua|go|java|kt|cs|c|h|cpp|rs|ex|exs|groovy|gradle|vcl|rego|cue|jsonnet|tpl|tmpl|j2|jinja2?|erb)$`)
	proseFile       = regexp.MustCompile(`(?i)\.(?:md|rst|adoc|html?|css|scss|svg|csv|log|po|tex)$`)
)

// contentOf tells by a file's name and its first line how to read it.
func contentOf(name, text string) contentKind {
	switch {
	case environmentFile.MatchString(name):
		return environment
	case proseFile.MatchString(name):
		return prose
	case programFile.MatchString(name), strings.HasPrefix(text, "#!") && !strings.Contains(text[:min(len(text), 64)], "sh"):
		return program
	}
	return settings
}

// text looks through a text that begins at a position. otherwise is the name for what has
// none there.
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
			for _, m := range inLine.FindAllStringSubmatch(line, -1) {
				f.named(at(index), "", m[1]+m[3], strings.TrimSpace(m[2]+m[4]))
			}
		}
		index += len(line)
	}
}

// namesOf returns a function that gives the name of the setting in the line that an index of
// a text is in.
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

// maxLine is the most bytes of a line that is read as a setting.
const maxLine = 64 << 10

// inLine are the settings of XML, and of JSON, of which a line may have several.
var inLine = regexp.MustCompile(`<([\w.-]+)>([^<>]+)</|"([\w.-]+)"\s*:\s*"((?:[^"\\]|\\.)*)"`)

var settingLine = regexp.MustCompile(`^\s*(?:-\s+)?(?:(?:export|set|var|let|const|define|ENV|ARG|declare(?:\s+-\w+)?)[\s(]+)?["'$]{0,2}([A-Za-z_][\w.-]*)["']?\]?\s*(=>|:=|[:=,])\s*(.*?)\s*$`)

// setting returns the name and the literal value of a line like NAME=value or name: value.
// The value is empty if it is an expression, or if another line has it.
func setting(line string, kind contentKind) (name, value string, ok bool) {
	match := settingLine.FindStringSubmatch(line)
	if match == nil || match[2] == "," && kind != program {
		return "", "", false
	}
	value, quoted := literal(match[3], kind)
	if kind == program && !quoted || !quoted && kind != environment && isExpression(value) {
		value = ""
	}
	return match[1], value, true
}

// literal takes the quotes off a value, and a comment behind it.
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
	expression = regexp.MustCompile(`^[A-Za-z_][\w.:>-]*\s*[(\[{]|^[|>][+-]?\d?$|^[\[{(]|^![a-z]\w*(?:\s|$)|^[&*][A-Za-z_-]+(?:\s|$)|[({\[]$|^(?:process|os|sys|self|this|config|settings|env|environ)\.`)
	// sentence is a text of several words.
	sentence = regexp.MustCompile(`^\S+(?:\s+\S+){2,}$`)
)

func isExpression(value string) bool {
	return expression.MatchString(value) || sentence.MatchString(value)
}
