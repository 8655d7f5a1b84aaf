package compose

import "io"

// Options say which project [Load] reads, and what goes into it. WorkDir is required.
//
// The fields of the first block are what Docker Compose takes to find a project. Nothing is
// taken from the process itself: the caller decides what a project may see.
type Options struct {
	// Files are the -f files; "-" is Stdin. If there are none, COMPOSE_FILE names them, or
	// they are the default names in the project directory or a folder above it, with the
	// override file.
	Files []string
	// ProjectDir is the --project-directory. If it is empty, it is the folder of the first
	// file, or the working directory.
	ProjectDir string
	// EnvFiles are the --env-file files. If there are none, COMPOSE_ENV_FILES names them, or
	// it is .env in the project directory.
	EnvFiles []string
	// Profiles are the profiles whose services are packaged. If there are none, all services
	// are, even if COMPOSE_PROFILES is set: the place of deployment decides which ones run.
	Profiles []string
	// Environ is the environment, as from os.Environ.
	Environ []string
	// WorkDir is the current directory, as from os.Getwd. It must be absolute.
	WorkDir string
	// Stdin is what the file "-" reads.
	Stdin io.Reader

	// Images gives images to services by name, for instance to those that have build: but no
	// image:. They override images in the files.
	Images map[string]string
	// WithEnv carries the env_file files of services and includes.
	WithEnv bool
	// WithFiles carries bind-mounted files and folders inside the project directory.
	WithFiles bool
	// MaxFilesSize is the most bytes that WithFiles carries; 0 means [DefaultMaxFilesSize].
	MaxFilesSize int64
	// Archived tells that the package is an archive of files, which has no place for
	// bind-mounted ones: warnings name no option that would take those, and say nothing of
	// what Docker Compose restores from a registry.
	Archived bool
	// Flatten makes one resolved compose.yaml of all files, includes and extends.
	Flatten bool
	// SingleFile makes the project one that [Pinner.Pin] pins in its only Compose file, if the
	// pins are in place. A project that can't be pinned so is flattened, and the images of
	// Images are written into the file.
	SingleFile bool
	// AllowSecrets packages values that look like secrets, but no private keys and no tokens
	// of known services.
	AllowSecrets bool
	// AllowSecret packages the secrets under the names of these variables, and those in
	// these files, by their path relative to the project directory.
	AllowSecret []string
}

// DefaultMaxFilesSize is the most bytes of bind-mounted files that a composition carries if
// [Options.MaxFilesSize] is 0: 10 MiB.
const DefaultMaxFilesSize = 10 << 20
