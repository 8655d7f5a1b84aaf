package commands

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/templates"
)

// TestTemplatesOfAllDocuments: --format accepts each field of each document that a command prints.
func TestTemplatesOfAllDocuments(t *testing.T) {
	t.Parallel()
	for name, document := range Documents() {
		_, err := templates.Parse("{{range .Nope}}{{.Nope}}{{end}}", document)
		require.ErrorContains(t, err, "there is no field Nope", name)
		_, err = templates.Parse("{{json .}}", document)
		require.NoError(t, err, name)
		of := reflect.TypeOf(document)
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		for i := range of.NumField() {
			_, err := templates.Parse("{{."+of.Field(i).Name+"}}", document)
			require.NoError(t, err, "%s .%s", name, of.Field(i).Name)
		}
	}
}
