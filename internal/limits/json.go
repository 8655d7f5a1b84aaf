package limits

import (
	"bytes"
	"encoding/json"
)

// CheckJSON returns an [Error] if decoding a document would use much more memory than its
// size suggests. It does not check whether the document is valid.
func CheckJSON(raw []byte) error {
	if bytes.Count(raw, []byte("{")) > Objects {
		return &Error{What: "JSON objects", Limit: Objects}
	}
	if bytes.Count(raw, []byte(","))+bytes.Count(raw, []byte(":"))+bytes.Count(raw, []byte("[")) > Fields {
		return &Error{What: "JSON fields", Limit: Fields}
	}
	return nil
}

// Decode decodes an untrusted JSON document. It returns the [Error] of [CheckJSON] before
// it decodes anything.
func Decode(raw []byte, into any) error {
	if err := CheckJSON(raw); err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}
