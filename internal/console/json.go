package console

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/ocompose/ocompose/internal/printable"
)

// WriteJSON writes a document as indented JSON. Control characters, and characters
// that can't be seen, are escaped as in JSON, so that a reader of the document gets the
// original text.
func WriteJSON(w io.Writer, document any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		return err
	}
	_, err := w.Write(printable.JSON(b.Bytes()))
	return err
}
