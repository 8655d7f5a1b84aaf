package flags

import (
	"strconv"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/commands/usage"
)

// addCreated dates the package where SOURCE_DATE_EPOCH asks for it, in seconds
// since 1970. Otherwise it has no date, so that the same project has the same
// digest.
//
// See https://reproducible-builds.org/specs/source-date-epoch/.
func addCreated(t *terminal.Terminal, options *artifact.Options) error {
	value := t.Getenv("SOURCE_DATE_EPOCH")
	if value == "" || options.Annotations[ocispec.AnnotationCreated] != "" {
		return nil
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds < 0 {
		return usage.Errorf("SOURCE_DATE_EPOCH is %q: it is a number of seconds since 1970", value)
	}
	options.Annotations[ocispec.AnnotationCreated] = time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	return nil
}
