package limits

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	many := func(element string, n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
	}
	var objects []struct{}
	var into any
	require.NoError(t, Decode([]byte(many("{}", Objects)), &objects))
	require.Len(t, objects, Objects)
	for text, what := range map[string]string{
		many("{}", Objects+1):    "JSON objects",
		many("0", Fields+1):      "JSON fields",
		many("[]", Fields/2+1):   "JSON fields",
		many(`""`, Fields+1):     "JSON fields",
		many("[[[[", Fields/4+1): "JSON fields", // invalid, but rejected before it is parsed
	} {
		var e *Error
		require.ErrorAs(t, Decode([]byte(text), &into), &e)
		require.Equal(t, what, e.What)
		require.Nil(t, into)
	}
	require.Error(t, Decode([]byte("{"), &into))
}

// TestWrongTypes: an error names the field in the document's terms, not in Go's.
func TestWrongTypes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"layers":[{"size":"7"}]}`:                               "the JSON field layers.size has a value of the wrong type or range: string",
		`{"layers":[{"size":7.5}]}`:                               "the JSON field layers.size has a value of the wrong type or range: number 7.5",
		`{"layers":[{"size":` + strings.Repeat("9", 1000) + `}]}`: "the JSON field layers.size has a value of the wrong type or range: number " + strings.Repeat("9", 43) + "...",
		`{"layers":{}}`:                                           "the JSON field layers has a value of the wrong type or range: object",
		`[]`:                                                      "the JSON document has the wrong type: array",
	} {
		var into struct {
			Layers []struct {
				Size int64 `json:"size"`
			} `json:"layers"`
		}
		require.EqualError(t, Decode([]byte(text), &into), want)
	}
}
