package compose

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/DefangLabs/secret-detector/pkg/detectors/artifactory"
	"github.com/DefangLabs/secret-detector/pkg/detectors/keyword"
	"github.com/DefangLabs/secret-detector/pkg/scanner"
	"github.com/DefangLabs/secret-detector/pkg/secrets"
	"gopkg.in/yaml.v3"
)

// A secretFinder looks for secrets in what would be packaged. There are two signs of
// one: the name of a variable that has a literal value, and the form of a value. What it
// reports never has the value in it.
//
// Under a name like PASSWORD or API_KEY any literal value counts, with these exceptions:
// an empty one, a small number or a switch, a path (POSTGRES_PASSWORD_FILE: /run/secrets/db,
// like every variable that ends in _FILE or _PATH), a word that says itself that it is to be
// replaced (changeme, your-token, <token>, xxx), and one with a variable in it.
type secretFinder struct {
	values secrets.Scanner
	seen   map[*yaml.Node]bool
	errs   []error
}

func newSecretFinder() *secretFinder {
	config := scanner.NewConfigWithDefaults()
	config.Transformers = nil
	config.Detectors = slices.DeleteFunc(config.Detectors, func(name string) bool {
		// Names are looked at here, and not in running text; Artifactory's form is
		// that of many an ordinary word.
		return name == keyword.Name || name == artifactory.Name
	})
	values, _ := scanner.NewScannerFromConfig(config)
	return &secretFinder{values: values, seen: map[*yaml.Node]bool{}}
}

// document looks through a Compose file.
func (s *secretFinder) document(file string, document *yaml.Node) {
	for _, section := range []string{"services", "jobs"} {
		containers := valueOf(document, section)
		for _, name := range keysOf(containers) {
			s.node(file, name, "", valueOf(containers, name), 0)
		}
	}
	s.node(file, "", "", document, 0)
}

// node looks through a value and what is below it; key is the name that it stands under.
func (s *secretFinder) node(file, service, key string, node *yaml.Node, depth int) {
	if node == nil || s.seen[node] || depth > maxDepth {
		return
	}
	s.seen[node] = true
	switch node.Kind {
	case yaml.AliasNode:
		s.node(file, service, key, node.Alias, depth+1)
	case yaml.ScalarNode:
		s.scalar(file, service, key, node)
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			name, value := node.Content[i], node.Content[i+1]
			if variableKeys[key] && name.Tag != "!!merge" {
				s.variable(file, service, name.Value, value)
			}
			next := name.Value
			if name.Tag == "!!merge" {
				next = key // what is merged in stands in place of the mapping
			}
			s.node(file, service, next, value, depth+1)
		}
	case yaml.SequenceNode:
		for _, value := range node.Content {
			if name, literal, ok := strings.Cut(text(value), "="); ok && variableKeys[key] {
				s.variable(file, service, name, &yaml.Node{Kind: yaml.ScalarNode, Value: literal, Line: value.Line})
			}
			s.node(file, service, key, value, depth+1)
		}
	}
}

// variableKeys are the keys of a Compose file that hold variables with their values.
var variableKeys = map[string]bool{"environment": true, "args": true}

// variable judges a variable by its name.
func (s *secretFinder) variable(file, service, name string, value *yaml.Node) {
	literal := text(value)
	if looksSecret(name, literal) {
		s.report(Position{File: file, Line: value.Line}, service, name, fmt.Sprintf("%s has a literal value and is named like a secret", name))
	}
}

// scalar judges a value by its form.
func (s *secretFinder) scalar(file, service, key string, node *yaml.Node) {
	if key == "content" {
		first := node.Line
		if node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			first++
		}
		s.lines(file, first, node.Value, true)
		return
	}
	if kind := s.form(node.Value); kind != "" {
		s.report(Position{File: file, Line: node.Line}, service, key, fmt.Sprintf("a value looks like a secret (%s)", kind))
	}
}

// file looks through a file that is carried; with names it is one of settings.
func (s *secretFinder) file(name string, content []byte, names bool) {
	if utf8.Valid(content) {
		s.lines(name, 1, string(content), names)
	}
}

var setting = regexp.MustCompile(`^\s*(?:export\s+)?["']?([\w.-]+)["']?\s*[:=]\s*(.*?)[,;]?\s*$`)

// lines looks through text, by name as well if it holds settings.
func (s *secretFinder) lines(file string, first int, content string, names bool) {
	for i, line := range strings.Split(content, "\n") {
		at := Position{File: file, Line: first + i}
		if match := setting.FindStringSubmatch(line); names && match != nil && looksSecret(match[1], strings.Trim(match[2], `"'`)) {
			s.report(at, "", match[1], fmt.Sprintf("%s has a literal value and is named like a secret", match[1]))
		} else if kind := s.form(line); kind != "" {
			s.report(at, "", "", fmt.Sprintf("the line looks like a secret (%s)", kind))
		}
	}
}

func (s *secretFinder) report(at Position, service, subject, reason string) {
	e := &Error{Problem: ProblemSecret, Position: at, Service: service, Subject: subject, Reason: reason}
	for _, other := range s.errs {
		if known := other.(*Error); known.Position == at && known.Service == service {
			return
		}
	}
	s.errs = append(s.errs, e)
}

var digestText = regexp.MustCompile(`\b(?:sha256|sha384|sha512)[:-][0-9a-fA-F]+`)

// form names the kind of secret that a value has the form of, or is empty.
func (s *secretFinder) form(value string) string {
	value = digestText.ReplaceAllString(value, "")
	if len(value) < 8 {
		return ""
	}
	found, _ := s.values.Scan(value)
	for _, each := range found {
		// A variable in it, as in postgres://user:${PASSWORD}@db, keeps it a template.
		if !strings.Contains(each.Value, "$") && !placeholderText.MatchString(passwordIn(each.Value)) {
			return each.Type
		}
	}
	return ""
}

// passwordIn is the password of a URL, or the value itself.
func passwordIn(value string) string {
	_, rest, ok := strings.Cut(value, "://")
	if !ok {
		return value
	}
	user, _, ok := strings.Cut(rest, "@")
	_, password, hasPassword := strings.Cut(user, ":")
	if !ok || !hasPassword {
		return value
	}
	return password
}

var (
	secretName = regexp.MustCompile(`(?i)(?:(?:^|[_-])pass|pass(?:word|wd|phrase|code)|pwd|secret|token|credentials?|(?:api|access|auth|service|account|db|database|priv|private|client|encryption|signing|master|app|jwt)[_-]?key)(?:[_-]?\d+|[_-]?(?:base64|b64|hash|hashed|value|key))?$|^(?:api|secret)[_-]?key|password|passwd`)
	// harmlessName are names that only speak of a secret.
	harmlessName    = regexp.MustCompile(`(?i)(?:_|-)(?:file|path|dir|url|uri|endpoint|host|ttl|expir\w*|timeout|length|min\w*|max\w*|policy|algorithm|type|name|id|enabled?|header|issuer|audience|lifetime|validity|method|required|store|provider|cookie|rotation|size|salt_rounds)$|^(?:allow|enable|disable|require|use|no|skip)_`)
	placeholderText = regexp.MustCompile(`(?i)^(?:change[_-]?(?:me|this|it)\w*!?|please[_-]?change\w*|(?:your|my|insert|enter|put|add|set|replace)[_-].*|<.*>|\[.*\]|\{\{.*\}\}|x{3,}|\*{3,}|\.{3,}|todo|fixme|none|null|nil|example|sample|dummy|placeholder|redacted|unset|undefined|default)$`)
	harmlessText    = regexp.MustCompile(`(?i)^(?:|-?\d{1,3}(?:\.\d+)?[smhdw]?|true|false|yes|no|on|off|random|auto|(?:\.{0,2}|~)/.*|file:.*)$`)
)

// looksSecret tells whether a literal under a name is a secret, by all appearances.
func looksSecret(name, value string) bool {
	value = strings.TrimSpace(value)
	return secretName.MatchString(name) && !harmlessName.MatchString(name) &&
		!strings.Contains(strings.ReplaceAll(value, "$$", ""), "$") &&
		!harmlessText.MatchString(value) && !placeholderText.MatchString(value)
}

// givenSecrets are the values with names like secrets that flattening takes from the env
// files of includes.
func (g *graph) givenSecrets(given map[string]string) []error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !looksSecret(name, given[name]) {
			continue
		}
		at := Position{}
		for _, f := range g.all {
			for i, line := range strings.Split(string(f.content), "\n") {
				if match := setting.FindStringSubmatch(line); f.role == includeEnvFile && match != nil && match[1] == name {
					at = Position{File: f.name, Line: i + 1}
				}
			}
		}
		errs = append(errs, &Error{Problem: ProblemSecret, Position: at, Subject: name,
			Reason: fmt.Sprintf("%s is named like a secret, and flattening would write its value into the Compose file", name)})
	}
	return errs
}
