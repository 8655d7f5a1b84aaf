package credentials

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"

	"github.com/ocompose/ocompose/internal/filelock"
	"github.com/ocompose/ocompose/internal/limits"
)

// A file is a file with logins, in the format of Docker and Podman.
type file struct {
	path   string // the target of a symbolic link
	podman bool
	// fields and auths are the document as read, and its logins.
	fields, auths map[string]json.RawMessage
	// config is the file as parsed by Docker's packages, and before a copy of its logins.
	config *configfile.ConfigFile
	before map[string]types.AuthConfig
}

// change reads the file and lets f change it, while it holds a lock against other
// processes.
func (s *Store) change(f func(*file) error) error {
	path, err := target(s.path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	_ = filelock.Wait(folder) // continue without a lock if the file system has none
	read, err := readFile(path)
	if err != nil {
		return err
	}
	read.podman = s.podman
	return f(read)
}

// target resolves the symbolic links of a path, even if the target does not exist yet.
func target(path string) (string, error) {
	resolved, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return resolved, err
	}
	if link, err := os.Readlink(path); err == nil {
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		return link, nil
	}
	return path, nil
}

func readFile(path string) (*file, error) {
	f := &file{path: path, fields: map[string]json.RawMessage{}, auths: map[string]json.RawMessage{}, config: configfile.New(path)}
	raw, err := limits.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(bytes.TrimSpace(raw)) > 0 {
		err = errors.Join(json.Unmarshal(raw, &f.fields), f.config.LoadFromReader(bytes.NewReader(raw)))
		if auths, ok := f.fields["auths"]; ok && err == nil {
			err = json.Unmarshal(auths, &f.auths)
		}
		if err != nil {
			return nil, fmt.Errorf("%s can't be read; fix or remove it: %w", path, firstOf(err))
		}
	}
	if f.auths == nil {
		f.auths = map[string]json.RawMessage{}
	}
	f.before = maps.Clone(f.config.GetAuthConfigs())
	return f, nil
}

// firstOf returns the first of joined errors.
func firstOf(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok && len(joined.Unwrap()) > 0 {
		return joined.Unwrap()[0]
	}
	return err
}

// Save writes the file if its logins have changed, and keeps everything else.
func (f *file) Save() error {
	now := f.config.GetAuthConfigs()
	if maps.Equal(now, f.before) {
		return nil
	}
	for key, login := range now {
		if before, ok := f.before[key]; ok && before == login {
			continue
		}
		raw, err := encodeLogin(login)
		if err != nil {
			return err
		}
		f.auths[key] = raw
	}
	for key := range f.before {
		if _, ok := now[key]; !ok {
			delete(f.auths, key)
		}
	}
	if err := f.setField("auths", f.auths); err != nil {
		return err
	}
	if f.config.CredentialsStore != "" {
		if err := f.setField("credsStore", f.config.CredentialsStore); err != nil {
			return err
		}
	}
	f.before = maps.Clone(now)
	return f.write()
}

func (f *file) setField(name string, value any) error {
	raw, err := json.Marshal(value)
	f.fields[name] = raw
	return err
}

// encodeLogin returns a login in the format of the file.
func encodeLogin(login types.AuthConfig) (json.RawMessage, error) {
	entry := types.AuthConfig{IdentityToken: login.IdentityToken, RegistryToken: login.RegistryToken}
	if login.Username != "" || login.Password != "" {
		entry.Auth = base64.StdEncoding.EncodeToString([]byte(login.Username + ":" + login.Password))
	}
	return json.Marshal(entry)
}

// write replaces the file atomically.
func (f *file) write() error {
	text, err := json.MarshalIndent(f.fields, "", "\t")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(f.path), ".login-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	keepOwner(temporary, f.path)
	_, err = temporary.Write(append(text, '\n'))
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), f.path)
}
