package secret

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/problem"
)

// A Finder looks for secrets in files.
type Finder struct {
	seen map[*yaml.Node]bool
	// candidates are the findings, in order, and index is the position of each.
	candidates []candidate
	index      map[spot]int
	// tokens are the tokens found.
	tokens map[string]bool
	// keyFiles are the files in which a private key was found.
	keyFiles map[string]bool
	// known are names of services, users and databases, which are weak passwords.
	known map[string]bool
	// names caches the kinds of names.
	names map[string]nameKind
}

// A candidate is a finding, which may turn out to be a value that is easy to guess.
type candidate struct {
	Finding
	// value is the literal of a finding that is [Likely]; "" if it is decided.
	value string
}

// A spot is the place where a secret was found.
type spot struct {
	at            problem.Position
	service, name string
}

// NewFinder returns a Finder without findings. names are the names of the project and its
// services, which are weak passwords.
func NewFinder(names ...string) *Finder {
	f := &Finder{seen: map[*yaml.Node]bool{}, index: map[spot]int{}, tokens: map[string]bool{}, keyFiles: map[string]bool{}, known: map[string]bool{}, names: map[string]nameKind{}}
	for _, name := range names {
		f.knows(name)
	}
	return f
}

// maxName is the maximum length of the name of a user or database, in bytes.
const maxName = 40

// knows records a name that is a weak password, and the words in it.
func (f *Finder) knows(name string) {
	if name = strings.ToLower(strings.TrimSpace(name)); name == "" || len(name) > maxName {
		return
	}
	f.known[name] = true
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' || r == '/' || r == '@' }) {
		if len(word) > 3 && !strings.ContainsAny(word, "0123456789") {
			f.known[word] = true
		}
	}
}

// Findings returns the findings: files in the order in which they were searched, each
// sorted by line.
func (f *Finder) Findings() []Finding {
	all := make([]Finding, len(f.candidates))
	files := map[string]int{}
	for i, c := range f.candidates {
		all[i] = c.Finding
		if c.value != "" && isDemo(c.value, f.known) {
			all[i].Certainty = Demo
		}
		if _, ok := files[c.At.File]; !ok {
			files[c.At.File] = len(files)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(files[a.At.File], files[b.At.File]), cmp.Compare(a.At.Line, b.At.Line))
	})
	return all
}

// report records a finding once for each spot, with its highest certainty.
func (f *Finder) report(found Finding, value string) {
	here := spot{found.At, found.Service, found.Name}
	i, again := f.index[here]
	switch {
	case !again:
		f.index[here] = len(f.candidates)
		f.candidates = append(f.candidates, candidate{found, value})
	case found.Certainty > f.candidates[i].Certainty:
		f.candidates[i] = candidate{found, value}
	}
}

// named judges a literal value by its name.
func (f *Finder) named(at problem.Position, service, name, value string) {
	if strings.Contains(value, "-----BEGIN ") {
		return // its form is more conclusive
	}
	kind, known := f.names[name]
	if !known {
		kind = kindOf(name)
		f.names[name] = kind
	}
	if kind.user {
		f.knows(value)
	}
	if kind.secret && !isHarmless(value) {
		f.report(Finding{At: at, Service: service, Name: name, Certainty: Likely, Reason: name + " has a literal value and is named like a secret"}, value)
		return
	}
	if standard := randomDefault(value); kind.secret && standard != "" {
		f.report(Finding{At: at, Service: service, Name: name, Certainty: Likely, Reason: name + " is named like a secret, and its default looks like one"}, standard)
		return
	}
	if isLongRandom(value) && !isHarmless(value) || kind.key && isRandom(value) && !isHarmless(value) {
		f.report(Finding{At: at, Service: service, Name: name, Certainty: Likely, Reason: name + " has a long random value"}, "")
	}
}

var defaultValue = lazy(`^\$\{[A-Za-z_]\w*:?-([^${}]*)\}$`)

// wordList matches words and numbers, as people write them: "shop_admin_db_01".
var wordList = lazy(`^(?:[A-Za-z]{2,12}[_-])(?:(?:[A-Za-z]{2,12}|\d{1,4})[_-])+(?:[A-Za-z]{2,12}|\d{1,4})$`)

// randomDefault returns the default of the variable that a value consists of, if it looks
// machine-generated.
func randomDefault(value string) string {
	if match := defaultValue().FindStringSubmatch(strings.TrimSpace(value)); match != nil && isRandom(match[1]) && !isHarmless(match[1]) && !wordList().MatchString(match[1]) {
		return match[1]
	}
	return ""
}

// forms searches a text for tokens, keys and passwords of URLs. line returns the position
// of an index, and name the name of the value there.
func (f *Finder) forms(text, service string, line func(int) problem.Position, name func(int) string) {
	if at := privateKey(text); at >= 0 {
		where := line(at)
		f.keyFiles[where.File] = true
		f.report(Finding{At: where, Service: service, Name: name(at), Certainty: Known, Reason: "it contains a private key"}, "")
	}
	for _, m := range tokens(text) {
		f.tokens[m.text] = true
		f.report(Finding{At: line(m.at), Service: service, Name: name(m.at), Certainty: Known, Reason: "a value has the form of a secret (" + m.kind + ")"}, "")
	}
	for _, m := range logins(text) {
		f.knows(m.user)
		f.report(Finding{At: line(m.at), Service: service, Name: name(m.at), Certainty: Likely, Reason: "a value has the form of a secret (" + m.kind + ")"}, m.password)
	}
}

// A login is a user and a password in a text.
type login struct {
	kind           string
	at             int
	user, password string
}

var (
	urlLogin = lazy(`\b[a-z][a-z0-9+.-]*://([^:/?#\s'"@]*):([^@/?#\s'"]+)@`)
	header   = lazy(`(?i)authorization["']?\s*[:=]?\s*["']?(?:basic|bearer)\s+([A-Za-z0-9+/._~-]{8,}={0,2})`)
)

// logins finds the passwords of URLs and of HTTP headers that are not variables.
func logins(text string) []login {
	var all []login
	add := func(kind string, at int, user, password string) {
		if !isVariable(password) && !isPlaceholder(password) {
			all = append(all, login{kind, at, user, password})
		}
	}
	if strings.Contains(text, "://") {
		for _, m := range urlLogin().FindAllStringSubmatchIndex(text, -1) {
			add("URL with password", m[0], text[m[2]:m[3]], text[m[4]:m[5]])
		}
	}
	for _, m := range header().FindAllStringSubmatchIndex(text, -1) {
		if credentials := text[m[2]:m[3]]; isRandom(credentials) || isUserAndPassword(credentials) {
			add("HTTP authorization", m[0], "", credentials)
		}
	}
	return all
}

// lines returns a function that returns the position of an index in a text that starts at
// position first.
func lines(text string, first problem.Position) func(int) problem.Position {
	var ends []int
	for i := range len(text) {
		if text[i] == '\n' {
			ends = append(ends, i)
		}
	}
	return func(index int) problem.Position {
		n, _ := slices.BinarySearch(ends, index)
		return problem.Position{File: first.File, Line: first.Line + n}
	}
}
