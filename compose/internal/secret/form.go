package secret

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
)

// A form is the form of a service's tokens: a prefix and the rest.
type form struct {
	kind   string
	prefix string
	// rest matches the part after the prefix.
	rest func() *regexp.Regexp
	// verify checks a match of rest; nil accepts all.
	verify func(rest string) bool
}

// A match is a token in a text.
type match struct {
	kind, text string
	// at is the index of its first byte.
	at int
}

// tokens finds the tokens of known forms in a text.
func tokens(text string) []match {
	var found []match
	for _, f := range forms() {
		for from := 0; ; {
			i := strings.Index(text[from:], f.prefix)
			if i < 0 {
				break
			}
			at := from + i
			from = at + len(f.prefix)
			if at > 0 && isWord(text[at-1]) {
				continue
			}
			rest := f.rest().FindString(text[from:])
			// Skip text that was already matched, or a text of only prefixes would take quadratic
			// time.
			from += len(rest)
			if rest != "" && !isBlank(rest) && (f.verify == nil || f.verify(rest)) {
				found = append(found, match{f.kind, f.prefix + rest, at})
			}
		}
	}
	for _, p := range patterns() {
		if !strings.Contains(text, p.within) {
			continue
		}
		for _, at := range p.whole().FindAllStringIndex(text, -1) {
			if p.verify == nil || p.verify(text[at[0]:at[1]]) {
				found = append(found, match{p.kind, text[at[0]:at[1]], at[0]})
			}
		}
	}
	return found
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

var filler = lazy(`[xX]{8,}|\*{3,}|\.{3,}`)

// isBlank reports whether the text after a prefix is only a placeholder: "xxxxxxxx",
// "000000".
func isBlank(rest string) bool {
	return strings.Count(rest, rest[:min(1, len(rest))]) == len(rest) || filler().MatchString(rest)
}

// A pattern is a form without a prefix.
type pattern struct {
	kind string
	// within is a substring of each match.
	within string
	whole  func() *regexp.Regexp
	// verify checks a match; nil accepts all.
	verify func(string) bool
}

// patterns are the forms without a prefix.
var patterns = sync.OnceValue(func() []pattern {
	return []pattern{
		{kind: "JSON Web Token", within: ".eyJ", verify: isJWT,
			whole: lazy(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]{16,}`)},
		{kind: "Azure storage key", within: "AccountKey=", whole: lazy(`AccountKey=[A-Za-z0-9+/]{86}==`)},
		{kind: "Azure client secret", within: "Q~", whole: lazy(`\b[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}`)},
		{kind: "Mailchimp key", within: "-us", whole: lazy(`\b[0-9a-f]{32}-us\d{1,2}\b`)},
		{kind: "Telegram bot token", within: ":AA", whole: lazy(`\b\d{8,10}:AA[A-Za-z0-9_-]{33}`)},
		{kind: "Terraform token", within: ".atlasv1.", whole: lazy(`\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,}`)},
		{kind: "Airtable token", within: "pat", whole: lazy(`\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b`)},
		{kind: "New Relic key", within: "NRAL", whole: lazy(`\b[0-9a-f]{36}NRAL\b`)},
		{kind: "Firebase key", within: ":APA91b", whole: lazy(`\bAAAA[A-Za-z0-9_-]{7}:APA91b[A-Za-z0-9_-]{100,}`)},
		{kind: "Slack webhook", within: "hooks.slack.com/", whole: lazy(`hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9_]+/[A-Za-z0-9_]+/[A-Za-z0-9_]{8,}`)},
		{kind: "Discord webhook", within: "/api/webhooks/", whole: lazy(`discord(?:app)?\.com/api/webhooks/\d+/[A-Za-z0-9_-]{50,}`)},
		{kind: "npm login", within: "_auth", whole: lazy(`:_auth(?:Token)?\s*=\s*["']?[A-Za-z0-9+/=_-]{16,}`)},
		{kind: "registry login", within: `"auth"`, whole: lazy(`"auth"\s*:\s*"[A-Za-z0-9+/]{8,}={0,2}"`), verify: isLogin},
	}
})

// isJWT reports whether the first part of a token names a signature algorithm.
func isJWT(token string) bool {
	first, _, _ := strings.Cut(token, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(first)
	var header struct {
		Algorithm string `json:"alg"`
	}
	return err == nil && json.Unmarshal(decoded, &header) == nil && header.Algorithm != "" && header.Algorithm != "none"
}

// isLogin reports whether an entry of Docker's config.json has a user and a password.
func isLogin(entry string) bool {
	_, value, _ := strings.Cut(entry, ":")
	return isUserAndPassword(strings.Trim(strings.TrimSpace(value), `"`))
}

// isUserAndPassword reports whether a string is "user:password" in base64.
func isUserAndPassword(encoded string) bool {
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(encoded, "="))
	user, password, ok := strings.Cut(string(decoded), ":")
	return err == nil && ok && user != "" && password != ""
}
