// Package templates formats documents with templates like those of docker and oras:
//
//	{{.Digest}}  {{.digest}}  {{json .Platforms}}  table {{.Tag}}\t{{.Digest}}
//
// A template is applied to the document, or to each of its rows if it uses fields of those.
// Fields have their Go name, with a capital, or their JSON name. The output is safe to
// print; the output of json has JSON escapes.
package templates

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/ocompose/ocompose/internal/console"
)

// A Template is a template for documents of one type.
type Template struct {
	parsed *template.Template
	rows   string // the field with the rows; "." for the document itself
	each   bool   // the template is applied to each row
	table  bool
}

// Parse parses a template for documents of the type of document. It fails for an invalid
// template, and for unknown fields.
func Parse(text string, document any) (*Template, error) {
	t := &Template{}
	text, t.table = cutTable(text)
	if !strings.Contains(text, "{{") {
		return nil, errors.New("it is not a template: write a field as {{.Digest}}, all fields as {{json .}}")
	}
	var err error
	if t.parsed, err = template.New("format").Option("missingkey=zero").Funcs(functions()).Parse(text); err != nil {
		reason := strings.TrimPrefix(err.Error(), "template: format:")
		return nil, errors.New("it is not a template: " + strings.TrimPrefix(reason, "1: "))
	}
	if document == nil {
		return t, nil
	}
	return t, t.place(reflect.TypeOf(document))
}

// cutTable removes the prefix "table ", and replaces \t and \n as docker does.
func cutTable(text string) (string, bool) {
	text = strings.NewReplacer(`\t`, "\t", `\n`, "\n").Replace(text)
	rest, table := strings.CutPrefix(text, "table ")
	return rest, table
}

// place determines whether the template is applied to the document, or to each of its rows.
func (t *Template) place(document reflect.Type) error {
	whole := fieldsOf(document)
	field, row := rowsOf(document)
	t.rows = field
	used := fieldsUsed(t.parsed.Root)
	t.each = document.Kind() == reflect.Slice || row != nil && !contains(whole, used.top) && contains(fieldsOf(row), used.top)
	if t.table {
		if row == nil {
			return errors.New("the output has no rows for a table: leave out table")
		}
		t.each = true
	}
	top := whole
	if t.each {
		top = fieldsOf(row)
	}
	for _, name := range used.top {
		if !whole[name] && !fieldsOf(row)[name] {
			return fmt.Errorf("there is no field %s: the fields are %s", name, strings.Join(namesOf(document, row, t.each), ", "))
		}
	}
	for _, name := range used.top {
		if !top[name] {
			return fmt.Errorf("%s is a field of the items of .%s: write {{range .%s}}{{.%s}}{{end}}", name, field, field, name)
		}
	}
	all := allFields(document)
	for _, name := range used.below {
		if !all[name] {
			return fmt.Errorf("there is no field %s", name)
		}
	}
	return nil
}

// contains reports whether others contains all names.
func contains(others map[string]bool, names []string) bool {
	for _, name := range names {
		if !others[name] {
			return false
		}
	}
	return true
}

// Print returns the output of the template for a document, and adds missing line ends.
func (t *Template) Print(document any) (string, error) {
	if !t.each {
		return t.apply(view(reflect.ValueOf(document)))
	}
	rows := reflect.ValueOf(document)
	if t.rows != "." {
		rows = reflect.Indirect(rows).FieldByName(t.rows)
	}
	var b strings.Builder
	for i := range rows.Len() {
		line, err := t.apply(view(rows.Index(i)))
		if err != nil {
			return "", err
		}
		b.WriteString(line)
	}
	if !t.table {
		return b.String(), nil
	}
	return t.printTable(b.String()), nil
}

func (t *Template) apply(value any) (string, error) {
	var b strings.Builder
	if err := t.parsed.Execute(&b, value); err != nil {
		var exec template.ExecError
		if errors.As(err, &exec) {
			err = exec.Err
		}
		return "", fmt.Errorf("the template can't be applied: %w", err)
	}
	if text := b.String(); !strings.HasSuffix(text, "\n") {
		return text + "\n", nil
	}
	return b.String(), nil
}

// printTable formats the rows as a table with the field names as header.
func (t *Template) printTable(rows string) string {
	cells := [][]string{titles(t.parsed.Root)}
	for line := range strings.Lines(rows) {
		cells = append(cells, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return strings.Join(console.Table(cells, 0, true, console.Style{}), "\n") + "\n"
}

// titles returns the column titles of a template: the last field in each.
func titles(list *parse.ListNode) []string {
	row := []string{""}
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.TextNode:
			for range strings.Count(string(node.Text), "\t") {
				row = append(row, "")
			}
		default:
			var used usedFields
			used.walk(node, true)
			if n := len(used.top); n > 0 {
				row[len(row)-1] = title(used.top[n-1])
			}
		}
	}
	return row
}

// title returns the column title for a field: ArtifactType is ARTIFACT TYPE.
func title(field string) string {
	var b strings.Builder
	runes := []rune(strings.ToUpper(field[:1]) + field[1:])
	for i, r := range runes {
		if i > 0 && r >= 'A' && r <= 'Z' && runes[i-1] >= 'a' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}
