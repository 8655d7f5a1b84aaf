package compose

import (
	"maps"
	"path/filepath"
	"slices"
)

// secretFiles are the files of the secrets of a model, which never go along.
func secretFiles(model map[string]any) map[string]bool {
	files := map[string]bool{}
	for _, value := range entries(model["secrets"]) {
		secret, _ := value.(map[string]any)
		if path, ok := secret["file"].(string); ok && path != "" {
			files[filepath.Clean(path)] = true
		}
	}
	return files
}

// isSecret tells whether a path is the file of a secret, or in a folder that is one, also
// when symlinks are followed.
func (c *carrier) isSecret(path string) bool {
	real, err := filepath.EvalSymlinks(path)
	for secret := range c.secrets {
		if inside(secret, path) {
			return true
		}
		if realSecret, secretErr := filepath.EvalSymlinks(secret); err == nil && secretErr == nil && inside(realSecret, real) {
			return true
		}
	}
	return false
}

// warnSecrets names the files of secrets that the place of deployment has to have.
func (c *carrier) warnSecrets() {
	var names []string
	for _, path := range slices.Sorted(maps.Keys(c.secrets)) {
		if !c.host[path] {
			names = append(names, c.name(path))
		}
	}
	if len(names) > 0 {
		c.warnings = append(c.warnings, "files of secrets are never packaged, they have to be there when the application starts: "+list(names))
	}
}
