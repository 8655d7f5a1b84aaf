package limits

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	err := json.Unmarshal(raw, into)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return &TypeError{Field: wrong.Field, Value: wrong.Value}
	}
	return err
}

// A TypeError reports that a field of a JSON document has a value of the wrong type.
type TypeError struct {
	Field string // its path, such as layers.size; empty for the document itself
	Value string // what it is instead: "string", or "number 7.5"
}

func (e *TypeError) Error() string {
	value := e.Value
	if len(value) > maxValue {
		value = value[:maxValue] + "..."
	}
	if e.Field == "" {
		return fmt.Sprintf("the JSON document has the wrong type: %s", value)
	}
	return fmt.Sprintf("the JSON field %s has a value of the wrong type or range: %s", e.Field, value)
}

// maxValue is the maximum length of a value in an error.
const maxValue = 50
