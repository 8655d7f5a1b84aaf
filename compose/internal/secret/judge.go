package secret

import (
	"regexp"
	"strings"
)

var digestText = regexp.MustCompile(`\b(?:sha256|sha384|sha512)[:-][0-9a-fA-F]+`)

// form names the kind of secret that a value has the form of, or returns "".
func (f *Finder) form(value string) string {
	value = digestText.ReplaceAllString(value, "")
	if len(value) < 8 {
		return ""
	}
	found, _ := f.values.Scan(value)
	for _, each := range found {
		// A variable in it, as in postgres://user:${PASSWORD}@db, keeps it a template.
		if !strings.Contains(each.Value, "$") && !placeholderText.MatchString(passwordIn(each.Value)) {
			return each.Type
		}
	}
	return ""
}

// passwordIn returns the password of a URL, or the value itself.
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

// Looks reports whether a literal under a name is a secret, by all appearances.
func Looks(name, value string) bool {
	value = strings.TrimSpace(value)
	return secretName.MatchString(name) && !harmlessName.MatchString(name) &&
		!strings.Contains(strings.ReplaceAll(value, "$$", ""), "$") &&
		!harmlessText.MatchString(value) && !placeholderText.MatchString(value)
}
