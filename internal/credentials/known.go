package credentials

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// Known lists the registries that may have a login, according to the credentials file of an
// environment. It does not call helpers, and ignores unreadable files.
func Known(getenv func(string) string) []string {
	s, err := Open(getenv)
	if err != nil {
		return nil
	}
	f, err := readFile(s.path)
	if err != nil {
		return nil
	}
	hosts := map[string]bool{}
	keys := append(slices.Collect(maps.Keys(f.config.GetAuthConfigs())), slices.Collect(maps.Keys(f.config.CredentialHelpers))...)
	for _, key := range keys {
		host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(key, "https://"), "http://"), "/")
		if registry, err := name.NewRegistry(host); err == nil {
			hosts[Name(registry)] = true
		}
	}
	return slices.Sorted(maps.Keys(hosts))
}
