package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/ocompose/ocompose/commands"
	"github.com/ocompose/ocompose/internal/progress"
)

// progressLine is the name of the schema of the output of --progress json on stderr.
const progressLine = "progress"

// writeSchemas writes a JSON schema for the document of each command into a folder.
func writeSchemas(dir string) error {
	comments, err := readComments("../internal/report", "../internal/progress", "../compose")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	documents := commands.Documents()
	documents[progressLine] = progress.Line{}
	for name, document := range documents {
		title := "ocompose " + name + " --output json"
		if name == progressLine {
			title = "a line of --progress json"
		}
		schema := comments.schema(reflect.TypeOf(document))
		schema = append(fields{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}}, schema...)
		raw, err := json.MarshalIndent(schema, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".json"), append(raw, '\n'), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// comments are the comments of types and of their fields, "Type" and "Type.Field".
type comments map[string]string

// readComments reads the comments in the Go files of folders.
func readComments(dirs ...string) (comments, error) {
	all := comments{}
	for _, dir := range dirs {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			ast.Inspect(file, all.collect)
		}
	}
	return all, nil
}

func (c comments) collect(node ast.Node) bool {
	decl, ok := node.(*ast.GenDecl)
	if !ok {
		return true
	}
	for _, spec := range decl.Specs {
		spec, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		c[spec.Name.Name] = text(decl.Doc)
		if body, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range body.Fields.List {
				for _, name := range f.Names {
					c[spec.Name.Name+"."+name.Name] = text(f.Doc)
				}
			}
		}
	}
	return false
}

func text(comment *ast.CommentGroup) string {
	return strings.Join(strings.Fields(comment.Text()), " ")
}

// fields are the fields of a JSON object, in order.
type fields []field

type field struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (f fields) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, each := range f {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(each.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(each.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s:%s", name, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// schema returns the schema of a type.
func (c comments) schema(t reflect.Type) fields {
	switch t.Kind() {
	case reflect.Pointer:
		return c.schema(t.Elem())
	case reflect.Slice:
		return fields{{"type", "array"}, {"items", c.schema(t.Elem())}}
	case reflect.Map:
		return fields{{"type", "object"}, {"additionalProperties", c.schema(t.Elem())}}
	case reflect.Bool:
		return fields{{"type", "boolean"}}
	case reflect.Int, reflect.Int64:
		return fields{{"type", "integer"}, {"minimum", 0}}
	case reflect.Float64:
		return fields{{"type", "number"}}
	case reflect.String:
		return fields{{"type", "string"}}
	case reflect.Struct:
		return c.object(t)
	default:
		panic(fmt.Sprintf("documents have no %s", t))
	}
}

// object returns the schema of a struct. Minor versions may add fields, so unknown fields
// are allowed.
func (c comments) object(t reflect.Type) fields {
	var properties fields
	required := []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue // not in the document
		}
		property := c.schema(f.Type)
		if comment := c[t.Name()+"."+f.Name]; comment != "" {
			property = append(fields{{"description", comment}}, property...)
		}
		if f.Type.Kind() == reflect.String {
			property = append(property, c.limits(name, f.Tag.Get("enum"))...)
		}
		properties = append(properties, field{name, property})
		if options != "omitempty" {
			required = append(required, name)
		}
	}
	schema := fields{{"type", "object"}, {"properties", properties}, {"required", required}}
	if comment := c[t.Name()]; comment != "" {
		schema = append(fields{{"description", comment}}, schema...)
	}
	return schema
}

// limits returns the constraints of a string.
func (c comments) limits(name, enum string) fields {
	switch {
	case enum != "":
		return fields{{"enum", strings.Split(enum, ",")}}
	case name == "digest" || name == "from":
		return fields{{"pattern", "^sha256:[0-9a-f]{64}$"}}
	default:
		return nil
	}
}
