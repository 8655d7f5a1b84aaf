package commands

import (
	"strconv"
	"strings"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/artifact"
)

// addCreated dates the package where SOURCE_DATE_EPOCH asks for it, in seconds
// since 1970. Otherwise it has no date, so that the same project has the same
// digest.
//
// See https://reproducible-builds.org/specs/source-date-epoch/.
func (t *terminal) addCreated(options *artifact.Options) error {
	value := t.getenv("SOURCE_DATE_EPOCH")
	if value == "" || options.Annotations[ocispec.AnnotationCreated] != "" {
		return nil
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds < 0 {
		return usagef("SOURCE_DATE_EPOCH is %q: it is a number of seconds since 1970", value)
	}
	options.Annotations[ocispec.AnnotationCreated] = time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	return nil
}

// getenv looks a variable up in the environment.
func (t *terminal) getenv(name string) string {
	for _, entry := range t.Environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}
