package compose

import "github.com/ocompose/ocompose/compose/internal/envfile"

// EnvFileName is the name of the file in a project folder whose variables Docker Compose reads
// automatically, including its own settings.
const EnvFileName = ".env"

// ReplacingSettings returns the variables of an .env file with which Docker Compose runs other
// Compose files or images than those in the folder, such as COMPOSE_FILE.
func ReplacingSettings(content []byte) []string { return envfile.Replacing(content) }
