package compose

import (
	"io"
	"slices"

	"github.com/compose-spec/compose-go/v2/cli"
)

// Options select the project that [Load] reads, and what it includes. WorkDir is required.
//
// The fields of the first block are Docker Compose's options for finding a project. Load
// reads nothing from the process itself: the caller decides what a project may access.
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
	// are packaged, even if COMPOSE_PROFILES is set: profiles are chosen at deployment.
	Profiles []string
	// Environ is the environment, as from os.Environ.
	Environ []string
	// WorkDir is the current directory, as from os.Getwd. It must be absolute.
	WorkDir string
	// Stdin is the content of the file "-".
	Stdin io.Reader

	// Fetch reads the compositions in registries that the files include or extend. If it is nil,
	// such files are refused.
	Fetch Fetch

	// Images sets the images of services, for instance of those that have build: but no
	// image:. A key is the name of a service, an image reference in the files (for all
	// services that run it), or "*" (for all services that are built, with "{service}" in the
	// value for the service's name). Service names take precedence over references, and
	// references over "*".
	Images map[string]string
	// BuiltNames gives services that have build: but no image: the name that Docker Compose gives
	// to what it builds of them: PROJECT-SERVICE.
	BuiltNames bool
	// WithEnv carries the env_file files of services and includes.
	WithEnv bool
	// WithFiles carries all files and folders inside the project directory that containers
	// mount, and WithoutFiles none. By default, those that are clearly part of the application
	// are carried.
	WithFiles, WithoutFiles bool
	// Exclude are mounted files and folders that the deployment host provides, although they would
	// be carried: paths relative to the project directory. They may also be files of configs and
	// env files of services. Docker Compose fails if the host lacks a mounted one.
	Exclude []string
	// MaxFilesSize is the maximum total size of carried mounted files, in bytes; 0 means
	// [DefaultMaxFilesSize].
	MaxFilesSize int64
	// Flatten merges all files, includes and extends into one resolved compose.yaml. This is
	// automatic if Docker Compose could not read the files from a registry.
	Flatten bool
	// PinIncluded flattens a project if a composition in a registry that it includes names
	// another one by a tag: that reference can't be pinned. A bundle has pinned copies.
	PinIncluded bool
	// ShortVolumes writes mounts in their short form where Flatten makes one file, for readers
	// that know no other: see [CheckFlightControl].
	ShortVolumes bool
	// AsIs leaves all files unchanged, including those in subfolders, which only "ocompose
	// pull" restores.
	AsIs bool
	// Archived prepares the project for an archive with a single Compose file, whose reader
	// does not need the files that Docker Compose restores from a registry. [Pinner.Pin]
	// writes pins that are in place to that file; if that is not possible, the project is
	// flattened, with the images of Images written to the file. Files keep their subfolders,
	// and mounted files are not carried.
	Archived bool
	// AllowSecrets packages values that look like secrets, except private keys and tokens of
	// known services.
	AllowSecrets bool
	// AllowSecret packages the secrets in these variables, by name, and in these files, by
	// path relative to the project directory.
	AllowSecret []string
}

// DefaultMaxFilesSize is the default of [Options.MaxFilesSize], in bytes: 10 MiB.
const DefaultMaxFilesSize = 10 << 20

// DefaultFiles returns the names by which Compose files are found, the preferred one first.
func DefaultFiles() []string { return slices.Clone(cli.DefaultFileNames) }
