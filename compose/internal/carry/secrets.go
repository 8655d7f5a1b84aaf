package carry

import (
	"path/filepath"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/model"
)

// SecretFiles returns the absolute paths of the files of a model's secrets, which are
// never carried.
func SecretFiles(m map[string]any) map[string]bool {
	files := map[string]bool{}
	for _, value := range model.Entries(m["secrets"]) {
		secret, _ := value.(map[string]any)
		if path, ok := secret["file"].(string); ok && path != "" {
			files[filepath.Clean(path)] = true
		}
	}
	return files
}

// isSecret reports whether a path is a secret file, or in a folder that is one, even
// through symlinks.
func (c *carrier) isSecret(path string) bool {
	if len(c.Secrets) == 0 {
		return false
	}
	target, err := filepath.EvalSymlinks(path)
	for secret := range c.Secrets {
		if localfile.Inside(secret, path) {
			return true
		}
		if realSecret, secretErr := filepath.EvalSymlinks(secret); err == nil && secretErr == nil && localfile.Inside(realSecret, target) {
			return true
		}
	}
	return false
}
