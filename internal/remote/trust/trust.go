// Package trust finds certificates of single registries in the folders of Docker and
// Podman: in a folder named after the registry's host and port, within a folder certs.d.
//
// See https://docs.docker.com/engine/security/certificates/ and
// https://github.com/containers/image/blob/main/docs/containers-certs.d.5.md.
package trust

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/ocompose/ocompose/internal/limits"
)

// Certificates are folders with one subfolder for each registry.
type Certificates struct{ dirs []string }

// In returns the certificates in folders. The first has precedence for client certificates;
// authorities are taken from all.
func In(dirs ...string) *Certificates { return &Certificates{dirs} }

// Default returns the certificates in these folders, if they exist:
//
//   - $XDG_CONFIG_HOME/containers/certs.d, or ~/.config/containers/certs.d
//   - /etc/containers/certs.d
//   - $DOCKER_CONFIG/certs.d, or ~/.docker/certs.d
//   - $XDG_CONFIG_HOME/docker/certs.d, or ~/.config/docker/certs.d
//   - /etc/docker/certs.d, or %ProgramData%\docker\certs.d on Windows
func Default() *Certificates { return In(folders(os.Getenv)...) }

func folders(getenv func(string) string) []string {
	home, _ := os.UserHomeDir()
	var dirs []string
	add := func(base string, elem ...string) {
		if base != "" {
			dirs = append(dirs, filepath.Join(append([]string{base}, elem...)...))
		}
	}
	orHome := func(env, below string) string {
		if dir := getenv(env); dir != "" || home == "" {
			return dir
		}
		return filepath.Join(home, below)
	}
	config := orHome("XDG_CONFIG_HOME", ".config")
	add(config, "containers", "certs.d")
	add("/etc/containers/certs.d")
	add(orHome("DOCKER_CONFIG", ".docker"), "certs.d")
	add(config, "docker", "certs.d")
	if runtime.GOOS == "windows" {
		add(getenv("ProgramData"), "docker", "certs.d")
	} else {
		add("/etc/docker/certs.d")
	}
	return dirs
}

// For returns the configuration for connections to a host, with or without a port: the
// authorities in its *.crt files in addition to those of the system, and the client
// certificates in its *.cert files with the keys in the *.key files of the same name. It is
// nil if there are none. An error names the file that can't be used.
func (c *Certificates) For(hostport string) (*tls.Config, error) {
	found := &tls.Config{MinVersion: tls.VersionTLS12}
	for _, dir := range c.dirs {
		for _, name := range folderNames(hostport) {
			if err := add(found, filepath.Join(dir, name)); err != nil {
				return nil, err
			}
		}
	}
	if found.RootCAs == nil && found.Certificates == nil {
		return nil, nil
	}
	return found, nil
}

// folderNames returns the names that the folder of a host may have: the port of HTTPS can
// be omitted, and Docker Hub has two names.
func folderNames(hostport string) []string {
	names := []string{hostport}
	host, port, err := net.SplitHostPort(hostport)
	switch {
	case err != nil:
		host = hostport
		names = append(names, hostport+":443")
	case port == "443":
		names = append(names, host)
	}
	if host == "index.docker.io" {
		names = append(names, "docker.io")
	}
	if runtime.GOOS == "windows" { // where file names have no colons
		for i := range names {
			names[i] = strings.ReplaceAll(names[i], ":", "")
		}
	}
	return names
}

// add adds the certificates of one folder. A folder that is missing, or that this user
// can't read, has none.
func add(to *tls.Config, dir string) error {
	entries, err := os.ReadDir(dir)
	if _, missing := os.Stat(dir); limits.IsMissing(missing) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the certificates of a registry: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch filepath.Ext(path) {
		case ".crt":
			err = addAuthority(to, path)
		case ".cert":
			err = addClient(to, path, strings.TrimSuffix(path, ".cert")+".key")
		case ".key":
			_, err = os.Stat(strings.TrimSuffix(path, ".key") + ".cert")
			if err != nil {
				err = fmt.Errorf("the key %s has no certificate: %w", path, err)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func addAuthority(to *tls.Config, path string) error {
	content, err := limits.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the certificate of an authority: %w", err)
	}
	if to.RootCAs == nil {
		if to.RootCAs, err = x509.SystemCertPool(); err != nil {
			to.RootCAs = x509.NewCertPool()
		}
	}
	if !to.RootCAs.AppendCertsFromPEM(content) {
		return fmt.Errorf("%s has no certificate in PEM format", path)
	}
	return nil
}

func addClient(to *tls.Config, certificate, key string) error {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return fmt.Errorf("reading the client certificate %s with its key %s: %w", certificate, key, err)
	}
	to.Certificates = append(to.Certificates, pair)
	return nil
}
