package templates

import (
	"reflect"
	"slices"
	"strings"
	"text/template/parse"
)

// jsonName returns the JSON name of a field.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func deref(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// fieldsOf returns the fields of a type, by their Go and JSON names.
func fieldsOf(t reflect.Type) map[string]bool {
	names := map[string]bool{}
	if t = deref(t); t != nil && t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			names[t.Field(i).Name] = true
			names[jsonName(t.Field(i))] = true
		}
	}
	return names
}

// allFields returns the fields of a type and of all nested types.
func allFields(t reflect.Type) map[string]bool {
	names, seen := map[string]bool{}, map[reflect.Type]bool{}
	var add func(reflect.Type)
	add = func(t reflect.Type) {
		t = deref(t)
		if seen[t] {
			return // a type that contains itself
		}
		seen[t] = true
		switch t.Kind() {
		case reflect.Slice, reflect.Map:
			add(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				names[t.Field(i).Name] = true
				names[jsonName(t.Field(i))] = true
				add(t.Field(i).Type)
			}
		}
	}
	add(t)
	return names
}

// rowsOf finds the rows of a document: its own items, or those of its only field with
// structs.
func rowsOf(document reflect.Type) (field string, row reflect.Type) {
	if document = deref(document); document.Kind() == reflect.Slice {
		return ".", document.Elem()
	}
	if document.Kind() != reflect.Struct {
		return "", nil
	}
	for i := range document.NumField() {
		f := document.Field(i)
		if f.Type.Kind() == reflect.Slice && deref(f.Type.Elem()).Kind() == reflect.Struct {
			return f.Name, f.Type.Elem()
		}
	}
	return "", nil
}

// namesOf returns the fields that a template may use, for display.
func namesOf(document, row reflect.Type, each bool) []string {
	var names []string
	add := func(t reflect.Type) {
		if t = deref(t); t != nil && t.Kind() == reflect.Struct {
			for i := range t.NumField() {
				if name := "." + t.Field(i).Name; !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	if !each {
		add(document)
	}
	add(row)
	return names
}

// usedFields are the fields that a template uses: those of its value, and nested ones.
type usedFields struct{ top, below []string }

func fieldsUsed(list *parse.ListNode) usedFields {
	var used usedFields
	used.list(list, true)
	return used
}

func (u *usedFields) list(list *parse.ListNode, top bool) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		u.walk(node, top)
	}
}

// walk collects the fields in a node. The dot is the template's value at the top, and a
// nested value within range and with.
func (u *usedFields) walk(node parse.Node, top bool) {
	switch node := node.(type) {
	case *parse.ActionNode:
		u.walk(node.Pipe, top)
	case *parse.PipeNode:
		for _, c := range node.Cmds {
			for _, arg := range c.Args {
				u.walk(arg, top)
			}
		}
	case *parse.IfNode:
		u.walk(node.Pipe, top)
		u.list(node.List, top)
		u.list(node.ElseList, top)
	case *parse.RangeNode:
		u.walk(node.Pipe, top)
		u.list(node.List, false)
		u.list(node.ElseList, top)
	case *parse.WithNode:
		u.walk(node.Pipe, top)
		u.list(node.List, false)
		u.list(node.ElseList, top)
	case *parse.FieldNode:
		u.chain(node.Ident, top)
	case *parse.VariableNode:
		if len(node.Ident) > 1 {
			u.chain(node.Ident[1:], top && node.Ident[0] == "$")
		}
	case *parse.ChainNode:
		u.walk(node.Node, top)
		u.chain(node.Field, false)
	}
}

// chain records a chain of fields, .A.B; names after annotations are annotation keys.
func (u *usedFields) chain(names []string, top bool) {
	for i, name := range names {
		if i == 0 && top {
			u.top = append(u.top, name)
		} else {
			u.below = append(u.below, name)
		}
		if strings.EqualFold(name, "annotations") {
			return
		}
	}
}
