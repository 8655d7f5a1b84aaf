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

// A text is a string of a document: a template prints what is safe to show, and JSON has what
// was there.
type text string

// String implements fmt.Stringer.
func (t text) String() string { return console.Printable(string(t)) }

// An object is a struct of a document: its fields by both names, and as JSON what it was.
type object map[string]any

// original is the key of what an object was made of; no field can be called so.
const original = "\x00"

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) { return json.Marshal(o[original]) }

// String is how a template prints an object that it has no field of.
func (o object) String() string { return toJSON(o) }

// view makes of a value of a document what a template is applied to.
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

// functions are those that docker's templates have.
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

// plain is the string that a value is.
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
		return "", fmt.Errorf("join takes a list, and %q is none", plain(list))
	}
	return text(strings.Join(parts, separator)), nil
}

// capitals has each word begin with a capital.
func capitals(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		r := []rune(w)
		words[i] = strings.ToUpper(string(r[:1])) + string(r[1:])
	}
	return strings.Join(words, " ")
}

// pad puts spaces around a text that is not empty.
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
