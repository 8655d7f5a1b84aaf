package credentials

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// Known lists the registries that there may be a login to, as the file of an environment
// names them. It asks no helper, and what can't be read has none.
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
