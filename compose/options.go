package compose

import "io"

// Options say which project [Load] reads and what goes into it. The first block is
// what Docker Compose takes to find a project; nothing is taken from the process
// itself, so that a caller decides what a project may see.
type Options struct {
	// Files are the -f files, "-" is Stdin. None: COMPOSE_FILE, or else the default
	// names in the working directory and its parents, with the override file.
	Files []string
	// ProjectDir is the --project-directory; empty: the folder of the first file.
	ProjectDir string
	// EnvFiles are the --env-file files. None: .env in the project directory.
	EnvFiles []string
	// Profiles are the profiles whose services are packaged. None: all services,
	// whatever COMPOSE_PROFILES says, because which of them run is decided where
	// the application is deployed.
	Profiles []string
	// Environ is the environment, as from os.Environ.
	Environ []string
	// WorkDir is the current directory, as from os.Getwd.
	WorkDir string
	// Stdin is what the file "-" reads.
	Stdin io.Reader

	// Images gives images to services by name, first of all to those that only have
	// `build:`. It wins over an image that the files name.
	Images map[string]string
	// WithEnv carries the env_file files of services and includes.
	WithEnv bool
	// WithFiles carries bind-mounted files and folders inside the project directory.
	WithFiles bool
	// MaxFilesSize bounds the bytes that WithFiles carries; 0: [DefaultMaxFilesSize].
	MaxFilesSize int64
	// Flatten makes one resolved compose.yaml of all files, includes and extends.
	Flatten bool
	// AllowSecrets packages values that look like secrets.
	AllowSecrets bool
}

// DefaultMaxFilesSize is how many bytes of bind-mounted files a composition carries
// unless [Options.MaxFilesSize] says otherwise.
const DefaultMaxFilesSize = 10 << 20
