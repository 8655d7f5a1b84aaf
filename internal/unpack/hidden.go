package unpack

import (
	"fmt"
	"strings"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/internal/filename"
)

// A HiddenError reports that a composition has files that other programs read or run
// automatically.
type HiddenError struct {
	// Names are the files.
	Names []string
}

func (e *HiddenError) Error() string {
	shown := e.Names[:min(len(e.Names), 3)]
	more := ""
	if n := len(e.Names) - len(shown); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("the composition has files that other programs read or run automatically: %s%s", strings.Join(shown, ", "), more)
}

// checkHidden finds the files that other programs read or run automatically.
func checkHidden(layers []artifact.Layer) error {
	var names []string
	for _, l := range layers {
		if filename.IsHidden(l.File.Name, l.File.Executable) {
			names = append(names, l.File.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &HiddenError{Names: names}
}

// A SizeError reports that the files of a composition exceed the size limit.
type SizeError struct {
	// Size is their total size, and Limit the maximum, in bytes. Size may be less than
	// the real size.
	Size, Limit int64
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("the files of the composition have %d bytes, more than the limit of %d", e.Size, e.Limit)
}

// checkSize adds up the sizes in the files' descriptors.
func checkSize(layers []artifact.Layer, limit int64) error {
	var total int64
	for _, l := range layers {
		if l.Descriptor.Size < 0 {
			return fmt.Errorf("the file %q has the size %d", l.File.Name, l.Descriptor.Size)
		}
		if total += l.Descriptor.Size; total > limit || total < 0 {
			return &SizeError{Size: max(total, l.Descriptor.Size), Limit: limit}
		}
	}
	return nil
}
