package commands

import (
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// splitTags reads a reference with several tags, REPOSITORY:TAG,TAG: it returns it with the
// first, and the others.
func splitTags(arg string) (string, []string, error) {
	i := strings.LastIndexByte(arg, ':')
	if i < 0 || strings.ContainsAny(arg[i:], `/\@`) || !strings.Contains(arg[i:], ",") {
		return arg, nil, nil
	}
	tags := strings.Split(arg[i+1:], ",")
	for _, tag := range tags {
		if _, err := name.NewTag("registry.example/repository:" + tag); tag == "" || err != nil {
			return "", nil, usagef("reference %q: %q is not a tag", arg, tag)
		}
	}
	return arg[:i+1] + tags[0], tags[1:], nil
}
