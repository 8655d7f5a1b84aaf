package auth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"

	"github.com/ocompose/ocompose/internal/limits"
)

// maxAuthFile limits the size of a file with credentials, in bytes.
const maxAuthFile = 4 << 20

// authFile is one file and the answers of its helpers.
type authFile struct {
	path   string
	config *configfile.ConfigFile
	hosts  map[string]types.AuthConfig
	bad    map[string]error // entries that can't be read, by key
}

func newAuthFile(path string, cf *configfile.ConfigFile) *authFile {
	return &authFile{path: path, config: cf, hosts: map[string]types.AuthConfig{}}
}

func readAuthFiles(paths []string) ([]*authFile, error) {
	var out []*authFile
	for _, p := range paths {
		f, err := readAuthFile(p)
		if limits.IsMissing(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading credentials from %q: %w", p, err)
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		// Credentials may be only in the environment, which the library reads.
		out = append(out, newAuthFile("$"+configfile.DockerEnvConfigKey, configfile.New("")))
	}
	return out, nil
}

func readAuthFile(path string) (*authFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if st, err := f.Stat(); err == nil && st.IsDir() {
		return nil, fs.ErrNotExist
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxAuthFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxAuthFile {
		return nil, fmt.Errorf("it is larger than %d bytes", maxAuthFile)
	}
	return parseAuthFile(path, raw)
}

// parseAuthFile parses a file in Docker's format. The library would reject the whole file
// for one invalid entry.
func parseAuthFile(path string, raw []byte) (*authFile, error) {
	cf, err := config.LoadFromReader(bytes.NewReader(raw))
	if err == nil {
		return newAuthFile(path, cf), nil
	}
	file, entries := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if json.Unmarshal(raw, &file) != nil || json.Unmarshal(file["auths"], &entries) != nil {
		return nil, err
	}
	bad := map[string]error{}
	for key, entry := range entries {
		if err := checkEntry(key, entry); err != nil {
			bad[key] = err
			delete(entries, key)
		}
	}
	good, err := json.Marshal(entries)
	if err != nil {
		return nil, err
	}
	file["auths"] = good
	if raw, err = json.Marshal(file); err != nil {
		return nil, err
	}
	if cf, err = config.LoadFromReader(bytes.NewReader(raw)); err != nil {
		return nil, err
	}
	f := newAuthFile(path, cf)
	f.bad = bad
	return f, nil
}

// checkEntry returns an error if an entry can't be read.
func checkEntry(key string, entry json.RawMessage) error {
	alone, err := json.Marshal(map[string]map[string]json.RawMessage{"auths": {key: entry}})
	if err != nil {
		return err
	}
	if _, err := config.LoadFromReader(bytes.NewReader(alone)); err != nil {
		// The error may contain a part of the entry.
		return fmt.Errorf("its entry for %q can't be read; docker login %s replaces it", key, key)
	}
	return nil
}

// errorOf returns the error of an entry that can't be read.
func (f *authFile) errorOf(key string) error {
	if err := f.bad[key]; err != nil {
		return fmt.Errorf("reading credentials from %q: %w", f.path, err)
	}
	return nil
}
