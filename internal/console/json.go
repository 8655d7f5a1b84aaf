package console

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/ocompose/ocompose/internal/printable"
)

// WriteJSON writes a document as indented JSON. Characters that a terminal would obey, or
// that can't be seen, are escaped in JSON's way, so that who reads the document gets what
// was there.
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
