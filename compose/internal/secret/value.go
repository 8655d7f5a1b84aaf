package secret

import (
	"math"
	"strings"
)

var (
	placeholderText = lazy(`(?i)^(?:[!*#-]*change[_-]?(?:me|this|it)\w*[!*#-]*|please[_-]?change\w*|(?:your|my|insert|enter|put|add|set|replace)[_-].*|<.*>|\[.*\]|\{\{.*\}\}|@.+@|__.+__|x{3,}|\*{3,}|\.{3,}|todo|fixme|none|null|nil|n/?a|placeholder|redacted|unset|undefined|required|optional|tbd)$`)
	harmlessText    = lazy(`(?i)^(?:|-?\d{1,3}(?:\.\d+)?|true|false|yes|no|on|off|enabled?|disabled?|always|never|random|auto|automatic|generated?|prompt|strict|lax|weak|strong|any|all|` +
		`(?:hs|rs|es|ps)(?:256|384|512)|eddsa|(?:bcrypt|argon2(?:id?|d)?|pbkdf2(?:[_-]sha\d+)?|scrypt|(?:scram-)?sha-?\d+|md5|plain(?:text)?|crypt|native|ldap|oauth2?|saml|oidc|local|internal|external|database|basic|bearer|jwt|cookie|header|query|env|vault|file)` +
		`)$`)
	// quantity is a number with a unit: "30d", "60/minute", "10 minutes", "PT15M".
	quantity = lazy(`(?i)^(?:-?\d+(?:\.\d+)?\s*(?:/|per)?\s*(?:\d*\s*)?(?:ms|s|secs?|seconds?|m|mins?|minutes?|h|hr|hrs|hours?|d|days?|w|weeks?|months?|y|years?|[kmg]i?b?|bytes?|chars?|characters?|times?|requests?|attempts?|%)(?:[,;]?\s*|$))+$|^p(?:\d+[ymwd])*(?:t(?:\d+[hms])+)?$`)
	// pathText is a path, or a placeholder with or without a path:
	// "%kernel.project_dir%/config/jwt/private.pem".
	pathText = lazy(`(?i)^(?:(?:\.{0,2}|~)/.*|<\s*/.*|[a-z]:[\\/].*|file:.*|(?:[\w./-]*/)?%[a-z][\w.-]*%(?:[/\\].*)?|%[a-z]\w*\(.*\)%|[\w./-]+\.(?:pem|key|crt|cer|json|ya?ml|txt|conf|env|ini|p12|pfx|jks|toml|xml))$`)
	// publicText is a digest, as lock files have them, or a key or certificate that is not secret.
	publicText = lazy(`^sha(?:1|256|384|512)-[A-Za-z0-9+/]{27,86}={0,2}$|^(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S+|sk-(?:ssh|ecdsa)\S*) AAAA|^age1[0-9a-z]{50,}$|^-----BEGIN (?:[A-Z0-9]+ )*(?:PUBLIC KEY|CERTIFICATE(?: REQUEST)?|PUBLIC KEY BLOCK)-----|^LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR|^LS0tLS1CRUdJTiBQVUJMSUMg`)
	// versionText is a version of software, or a range of versions.
	versionText = lazy(`^(?:[~^<>=]=?\s*)?v?\d+(?:\.\d+){1,3}(?:-(?:alpha|beta|rc)[.-]?\d*)?$`)
	// columnText is the type of a column in a database.
	columnText = lazy(`(?i)^(?:(?:tiny|small|medium|big)?(?:int|integer|text|blob|serial)|(?:var)?(?:char|binary)|uuid|jsonb?|boolean|bytea)(?:\s*\(\d+\))?(?:\s+(?:not|null|default|unsigned|unique|primary|key|'[^']{0,8}'|\d+|auto_increment|collate|character|set|\w+_ci|utf8\w*))*$`)
	plainURL   = lazy(`^[a-zA-Z][a-zA-Z0-9+.-]*://[^@?\s]*$`)
	encoded    = lazy(`^[A-Za-z0-9+/]{16,}={0,2}$`)
	variable   = lazy(`\$[A-Za-z_{(]`)
)

// isHarmless reports whether a literal is not a secret under any name: a switch, a quantity, a
// path, a version, a digest, a public key, a placeholder, or a string with a variable.
func isHarmless(value string) bool {
	value = strings.TrimSpace(value)
	return isVariable(value) || isPlaceholder(value) || harmlessText().MatchString(value) ||
		quantity().MatchString(value) || isPath(value) || versionText().MatchString(value) || publicText().MatchString(value) || columnText().MatchString(value) || plainURL().MatchString(value)
}

// isPlaceholder reports whether a value is a placeholder to be replaced.
func isPlaceholder(value string) bool {
	return placeholderText().MatchString(value) || filler().MatchString(value)
}

// isVariable reports whether a value contains a variable.
func isVariable(value string) bool {
	return variable().MatchString(strings.ReplaceAll(value, "$$", ""))
}

// isPath reports whether a value is a path, not base64 with a slash.
func isPath(value string) bool {
	return pathText().MatchString(value) && !(encoded().MatchString(value) && isRandom(value) && strings.Count(value, "/") <= len(value)/12)
}

// isRandom reports whether a string is long and varied enough to be machine-generated.
func isRandom(value string) bool {
	if len(value) < 16 || strings.ContainsAny(value, " \t\n") {
		return false
	}
	letters, digits := 0, 0
	for i := range len(value) {
		switch c := value[i]; {
		case c >= '0' && c <= '9':
			digits++
		case isWord(c):
			letters++
		}
	}
	return letters > 0 && digits > 1 && entropy(value) >= 3
}

// entropy returns the entropy of a string in bits per byte.
func entropy(text string) float64 {
	var counts [256]int
	for i := range len(text) {
		counts[text[i]]++
	}
	bits := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(text))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

var randomText = lazy(`^(?:[a-zA-Z0-9+/]{32,}|[a-zA-Z0-9_-]{32,})={0,2}$`)

// isLongRandom reports whether a string is random under any name: base64 of at least 24 bytes
// with high entropy. Hexadecimal strings, such as digests, are not.
func isLongRandom(value string) bool { return randomText().MatchString(value) && entropy(value) >= 5 }
