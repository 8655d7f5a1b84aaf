package mirrors

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/BurntSushi/toml"

	"github.com/ocompose/ocompose/internal/limits"
)

// Config is the configuration in the files. The zero value is empty.
type Config struct{ registries []registry }

// registry is a [[registry]] table.
type registry struct {
	Prefix             string   `toml:"prefix"`
	Location           string   `toml:"location"`
	Insecure           bool     `toml:"insecure"`
	Blocked            bool     `toml:"blocked"`
	MirrorByDigestOnly bool     `toml:"mirror-by-digest-only"`
	Mirrors            []mirror `toml:"mirror"`
}

// mirror is a [[registry.mirror]] table.
type mirror struct {
	Location       string `toml:"location"`
	Insecure       bool   `toml:"insecure"`
	PullFromMirror string `toml:"pull-from-mirror"`
}

// file is one file, in version 2 or 1 of the format.
type file struct {
	Registries []registry `toml:"registry"`
	V1         struct {
		Insecure struct {
			Registries []string `toml:"registries"`
		} `toml:"insecure"`
		Block struct {
			Registries []string `toml:"registries"`
		} `toml:"block"`
	} `toml:"registries"`
}

// Default reads the files that Podman reads, if they exist: $CONTAINERS_REGISTRIES_CONF
// or the first of $XDG_CONFIG_HOME/containers/registries.conf (~/.config), /etc and
// /usr/share, and then the *.conf files of registries.conf.d in /etc and ~/.config.
func Default() (*Config, error) { return Read(files(os.Getenv)...) }

func files(getenv func(string) string) []string {
	config := getenv("XDG_CONFIG_HOME")
	if home, err := os.UserHomeDir(); config == "" && err == nil {
		config = filepath.Join(home, ".config")
	}
	dirs := []string{"/etc/containers"}
	candidates := []string{"/etc/containers/registries.conf", "/usr/share/containers/registries.conf"}
	if config != "" {
		dirs = append(dirs, filepath.Join(config, "containers"))
		candidates = slices.Insert(candidates, 0, filepath.Join(config, "containers", "registries.conf"))
	}
	var found []string
	if path := getenv("CONTAINERS_REGISTRIES_CONF"); path != "" {
		found = append(found, path)
	} else if i := slices.IndexFunc(candidates, exists); i >= 0 {
		found = append(found, candidates[i])
	}
	for _, dir := range dirs {
		more, err := filepath.Glob(filepath.Join(dir, "registries.conf.d", "*.conf")) // sorted
		if err == nil {
			found = append(found, more...)
		}
	}
	return found
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !limits.IsMissing(err)
}

// Read reads files. A table in a later file replaces that for the same prefix in an earlier
// one. An error names the file.
func Read(files ...string) (*Config, error) {
	c := &Config{}
	for _, path := range files {
		raw, err := limits.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading the configuration of registries: %w", err)
		}
		if err := c.add(raw); err != nil {
			return nil, fmt.Errorf("reading the configuration of registries in %s: %w", path, err)
		}
	}
	return c, nil
}

func (c *Config) add(raw []byte) error {
	var f file
	if err := toml.Unmarshal(raw, &f); err != nil {
		return err
	}
	for _, host := range f.V1.Insecure.Registries {
		f.Registries = append(f.Registries, registry{Location: host, Insecure: true, Blocked: slices.Contains(f.V1.Block.Registries, host)})
	}
	for _, host := range f.V1.Block.Registries {
		if !slices.Contains(f.V1.Insecure.Registries, host) {
			f.Registries = append(f.Registries, registry{Location: host, Blocked: true})
		}
	}
	for _, r := range f.Registries {
		if err := r.check(); err != nil {
			return err
		}
		c.registries = slices.DeleteFunc(c.registries, func(other registry) bool { return other.Prefix == r.Prefix })
		c.registries = append(c.registries, r)
	}
	return nil
}
