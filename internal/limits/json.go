package limits

import (
	"bytes"
	"encoding/json"
)

// CheckJSON returns an [Error] where decoding a document would take more memory than its
// size lets expect. It does not tell whether the document is valid.
func CheckJSON(raw []byte) error {
	if bytes.Count(raw, []byte("{")) > Objects {
		return &Error{What: "JSON objects", Limit: Objects}
	}
	if bytes.Count(raw, []byte(","))+bytes.Count(raw, []byte(":"))+bytes.Count(raw, []byte("[")) > Fields {
		return &Error{What: "JSON fields", Limit: Fields}
	}
	return nil
}

// Decode decodes a JSON document that somebody else wrote. It returns an [Error], before
// anything is decoded, where [CheckJSON] does.
func Decode(raw []byte, into any) error {
	if err := CheckJSON(raw); err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}
