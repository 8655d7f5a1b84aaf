package secret

import (
	"encoding/base64"
	"strings"
)

// keyHeader is the first line of a private key, with the line that follows, as it is in a
// file or, with \n, in a string.
var keyHeader = lazy(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d+:`)

// privateKey returns the index of the first private key in a text, or -1.
func privateKey(text string) int {
	if !strings.Contains(text, "PRIVATE KEY") && !strings.Contains(text, "PuTTY-User-Key") {
		return encodedKey(text)
	}
	for _, at := range keyHeader().FindAllStringIndex(text, -1) {
		if text[at[0]] == 'P' || hasKeyBody(text[at[1]:]) {
			return at[0]
		}
	}
	return encodedKey(text)
}

var (
	// keyText is a run of base64 that is not a word.
	keyText = lazy(`[A-Za-z0-9+/]{24,}`)
	keyEnd  = lazy(`-----END |\\?-----`)
)

// hasKeyBody reports whether the text after the first line of a key has key content, not
// only a placeholder.
func hasKeyBody(rest string) bool {
	rest = rest[:min(len(rest), 1024)]
	if end := keyEnd().FindStringIndex(rest); end != nil {
		rest = rest[:end[0]]
	}
	rest = strings.NewReplacer(`\r`, " ", `\n`, " ").Replace(rest)
	body := keyText().FindString(rest)
	return body != "" && !isBlank(body) && !isOneCase(body)
}

// isOneCase reports whether a stretch of base64 has letters of one case and nothing else: words
// that show where a key would stand.
func isOneCase(body string) bool {
	return !strings.ContainsAny(body, "0123456789+/") && (body == strings.ToLower(body) || body == strings.ToUpper(body))
}

// encodedStart is the start of a PEM block in base64, for each of the three possible
// alignments of its first byte.
const encodedStart = "LS0tLS1CRUdJTi"

var encodedText = lazy(encodedStart + `[A-Za-z0-9+/]{24,}`)

// encodedKey returns the index of the first base64-encoded private key in a text, or -1.
func encodedKey(text string) int {
	if !strings.Contains(text, encodedStart) {
		return -1
	}
	for _, at := range encodedText().FindAllStringIndex(text, -1) {
		encoded := text[at[0]:at[1]]
		decoded, _ := base64.RawStdEncoding.DecodeString(encoded[:len(encoded)/4*4])
		if found := keyHeader().FindIndex(decoded); found != nil && hasKeyBody(string(decoded[found[1]:])) {
			return at[0]
		}
	}
	return -1
}
