package credentials

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/google/go-containerregistry/pkg/name"
)

// environment is the supported content of DOCKER_AUTH_CONFIG: Docker's packages ignore the
// variable if it has any other field.
type environment struct {
	Auths map[string]struct {
		Auth string `json:"auth"`
	} `json:"auths"`
}

// IsEnvironmentReadable reports whether the environment variable DOCKER_AUTH_CONFIG is
// empty or has logins in the supported form.
func IsEnvironmentReadable(getenv func(string) string) bool {
	_, ok := readEnvironment(getenv)
	return ok
}

// EnvironmentHas reports whether the environment variable DOCKER_AUTH_CONFIG has a login to
// a registry, which takes precedence over all others and can't be changed here.
func EnvironmentHas(registry name.Registry, getenv func(string) string) bool {
	logins, _ := readEnvironment(getenv)
	for _, key := range (&Store{}).keys(registry) {
		if _, ok := logins.Auths[key]; ok {
			return true
		}
	}
	return false
}

func readEnvironment(getenv func(string) string) (logins environment, ok bool) {
	value := getenv(configfile.DockerEnvConfigKey)
	if value == "" {
		return logins, true
	}
	decoder := json.NewDecoder(strings.NewReader(value))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&logins) != nil {
		return environment{}, false
	}
	if _, err := decoder.Token(); err != io.EOF {
		return environment{}, false
	}
	for _, login := range logins.Auths {
		raw, err := base64.StdEncoding.DecodeString(login.Auth)
		if user, _, found := strings.Cut(string(raw), ":"); err != nil || !found || user == "" {
			return environment{}, false
		}
	}
	return logins, true
}
