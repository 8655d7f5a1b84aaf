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

	// Fetch reads the compositions in registries that the files include or extend. If it is nil,
	// such files are refused.
	Fetch Fetch

	// Images gives images to services, for instance to those that have build: but no image:.
	// A key is the name of a service; the reference of an image in the files, for all services
	// that run it; or "*", for all services that are built, with "{service}" in the value for
	// the name of each. Names of services win over references, and those over "*".
	Images map[string]string
	// WithEnv carries the env_file files of services and includes.
	WithEnv bool
	// WithFiles carries all files and folders inside the project directory that containers
	// mount, and WithoutFiles none. Otherwise those are carried that are clearly part of the
	// application.
	WithFiles, WithoutFiles bool
	// MaxFilesSize is the most bytes of mounted files that are carried; 0 means
	// [DefaultMaxFilesSize].
	MaxFilesSize int64
	// Flatten makes one resolved compose.yaml of all files, includes and extends. It is done
	// also without being asked for if Docker Compose could not read them from a registry.
	Flatten bool
	// ShortVolumes writes mounts in their short form where Flatten makes one file, for readers
	// that know no other: see [CheckFlightControl].
	ShortVolumes bool
	// AsIs leaves all files as they are, also those in subfolders, which only pulling
	// restores.
	AsIs bool
	// Archived makes the project one for an archive of files with a single Compose file, whose
	// reader has no use for what Docker Compose restores from a registry. [Pinner.Pin] pins
	// it in that file if the pins are in place: a project for which that is not possible is
	// flattened, with the images of Images written into the file. Files keep their subfolders,
	// and mounted files are not carried.
	Archived bool
	// AllowSecrets packages values that look like secrets, but no private keys and no tokens
	// of known services.
	AllowSecrets bool
	// AllowSecret packages the secrets under the names of these variables, and those in
	// these files, by their path relative to the project directory.
	AllowSecret []string
}

// DefaultMaxFilesSize is the most bytes of mounted files that a composition carries if
// [Options.MaxFilesSize] is 0: 10 MiB.
const DefaultMaxFilesSize = 10 << 20
