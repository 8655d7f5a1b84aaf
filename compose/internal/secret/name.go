package secret

import (
	"strings"
)

var (
	// wordStart finds where a word begins in a name like apiKey or APIKey.
	wordStart = lazy(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

	secretName = lazy(`(?:(?:^|_|require|user|root|db|admin|master|sql|smtp|mail|login)pass|pass(?:word|wd|phrase|code)|pwd|secret|token|credentials?|` +
		`(?:api|access|auth|service|account|db|database|priv|private|client|encryption|encrypt|signing|sign|master|app|jwt|session|cookie|storage|license|shared|hmac|logged_in|nonce|secret)_?key|` +
		`(?:^|_)(?:salt|pepper))(?:_?\d+|_?(?:base64|b64|base|hash|hashed|value|string|key))?$|^(?:api|secret)_?key|password|passwd`)
	// harmlessName are names that only refer to a secret.
	harmlessName = lazy(`_(?:file|filename|path|dir|directory|url|uri|endpoint|host|ttl|expir\w*|timeout|length|len|min\w*|max\w*|policy|algorithm|alg|type|name|id|enabled?|disabled?|header|issuer|` +
		`audience|lifetime|validity|method|required|store|provider|cookie|rotation|size|salt_rounds|rounds|reset|rate|limit|login|auth|history|complexity|strength|prompt|field|label|hint|change|recovery|forgot|` +
		`link|page|template|validators?|hashers?|encoders?|encoding|encryption|scheme|grant|mode|strategy|attempts|retries|lockout|days|hours|minutes|seconds|age|format|regex|pattern|class|prefix|suffix|env|` +
		`var|variable|email|subject|interval|count|version|command|cmd|protected|check|autocomplete|visible|show|hide|backend|engine|driver|digest|cost|iterations|flow)$|` +
		`^(?:allow|enable|disable|require|use|no|skip|public|forgot|reset|min|max)_|(?:^|_)public_(?:access_)?(?:key|token)`)
	// keyName are names of any kind of key.
	keyName         = lazy(`(?:^|_)(?:key|hash|signature)(?:_\d+)?$`)
	harmlessKeyName = lazy(`(?:^|_)(?:public|pub|site|sort|primary|partition|cache|idempotency|map|host|foreign)_?key(?:_\d+)?$`)
	// userName are names whose values are often also the password.
	userName = lazy(`(?:^|_)(?:user|username|login|database|db|dbname|schema|account|admin|email|name|host|vhost|realm|org|organization|bucket|index|topic|project|company|repository)$`)
)

// words converts a name to lower case with _ between words.
func words(name string) string {
	name = wordStart().ReplaceAllString(name, "${1}${3}_${2}${4}")
	return strings.ToLower(strings.NewReplacer("-", "_", ".", "_", " ", "_").Replace(name))
}

// A nameKind is the kind of value that a name suggests.
type nameKind struct {
	// secret is true if the value is a secret, key if it is a key that may be a secret, and
	// user if it is not a secret, but often also the password.
	secret, key, user bool
}

// kindOf returns the kind of a name.
func kindOf(name string) nameKind {
	name = words(name)
	harmless := harmlessName().MatchString(name)
	return nameKind{
		secret: secretName().MatchString(name) && !harmless,
		key:    keyName().MatchString(name) && !harmlessKeyName().MatchString(name) && !harmless,
		user:   userName().MatchString(name),
	}
}
