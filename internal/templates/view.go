package templates

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"text/template"

	"github.com/ocompose/ocompose/internal/console"
)

// A text is a string of a document: templates print it escaped, and JSON has the original.
type text string

// String implements fmt.Stringer.
func (t text) String() string { return console.Printable(string(t)) }

// An object is a struct of a document: its fields by both names; its JSON is that of the
// original.
type object map[string]any

// original is the key of the original value; no field can have this name.
const original = "\x00"

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) { return json.Marshal(o[original]) }

// String returns the output for a whole object.
func (o object) String() string { return toJSON(o) }

// view converts a value of a document to the template's value.
func view(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return view(v.Elem())
	case reflect.Struct:
		o := object{original: v.Interface()}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			o[f.Name] = view(v.Field(i))
			if name := jsonName(f); name != "" && name != "-" {
				o[name] = o[f.Name]
			}
		}
		return o
	case reflect.Slice:
		all := []any{}
		for i := range v.Len() {
			all = append(all, view(v.Index(i)))
		}
		return all
	case reflect.Map:
		all := map[string]any{}
		for _, key := range v.MapKeys() {
			all[key.String()] = view(v.MapIndex(key))
		}
		return all
	case reflect.String:
		return text(v.String())
	default:
		return v.Interface()
	}
}

// functions returns the functions of docker's templates.
func functions() template.FuncMap {
	return template.FuncMap{
		"json":     toJSON,
		"split":    func(s any, separator string) []any { return texts(strings.Split(plain(s), separator)) },
		"join":     join,
		"title":    func(s any) text { return text(capitals(plain(s))) },
		"lower":    func(s any) text { return text(strings.ToLower(plain(s))) },
		"upper":    func(s any) text { return text(strings.ToUpper(plain(s))) },
		"pad":      pad,
		"truncate": truncate,
	}
}

// plain returns a value as a string.
func plain(v any) string {
	switch v := v.(type) {
	case text:
		return string(v)
	case nil:
		return ""
	default:
		return fmt.Sprint(v)
	}
}

func texts(all []string) []any {
	var out []any
	for _, s := range all {
		out = append(out, text(s))
	}
	return out
}

func toJSON(v any) string {
	var b bytes.Buffer
	if err := console.WriteJSON(&b, v); err != nil {
		return err.Error()
	}
	var short bytes.Buffer
	if json.Compact(&short, b.Bytes()) != nil {
		return strings.TrimSpace(b.String())
	}
	return short.String()
}

func join(list any, separator string) (text, error) {
	var parts []string
	switch v := reflect.ValueOf(list); {
	case list == nil:
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			parts = append(parts, plain(v.Index(i).Interface()))
		}
	default:
		return "", fmt.Errorf("join expects a list, not %q", plain(list))
	}
	return text(strings.Join(parts, separator)), nil
}

// capitals capitalizes each word.
func capitals(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		r := []rune(w)
		words[i] = strings.ToUpper(string(r[:1])) + string(r[1:])
	}
	return strings.Join(words, " ")
}

// pad puts spaces around a non-empty text.
func pad(s any, before, after int) text {
	if plain(s) == "" {
		return ""
	}
	return text(strings.Repeat(" ", min(max(before, 0), 1000)) + plain(s) + strings.Repeat(" ", min(max(after, 0), 1000)))
}

func truncate(s any, length int) text {
	runes := []rune(plain(s))
	return text(runes[:min(max(length, 0), len(runes))])
}
