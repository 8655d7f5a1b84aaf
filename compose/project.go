package compose

import "context"

// A Project is a Compose application as its files describe it, read without starting
// anything: the files, byte for byte, and what they mean together. It is immutable;
// [Project.Pin] returns files and leaves the project as it is.
type Project struct {
	// Name is the project's name as Docker Compose would choose it.
	Name string
	// Dir is the absolute project directory: what relative paths are relative to. It is
	// empty for a project that was opened.
	Dir string
	// Sources are the absolute paths of the -f files as they were read, in order; empty
	// for standard input, and for a project that was opened.
	Sources []string
	// Files are the -f files in the order of their precedence: later ones win.
	Files []File
	// Carried are the other files that go into the composition, by name.
	Carried []File
	// Includes are the compositions in registries that the files include or extend, by
	// reference.
	Includes []Include
	// Images are the places that name an image to run or to mount, by path.
	Images []Image
	// Services are the names of the services and jobs of the packaged profiles, sorted.
	Services []string
	// Variables are the variables that the files expect of the place of deployment, by
	// name.
	Variables []Variable
	// Requires is what the place of deployment has to have, because it does not travel.
	Requires []Requirement
	// Warnings are sentences for the user: what was left out, and what would include it.
	Warnings []string

	// basis reads what the project is pinned on. It is nil for a project that was neither
	// loaded nor opened.
	basis func(context.Context) (*basis, error)
}

// A Kind is how a file travels in a composition.
type Kind int

const (
	// ComposeFile is one of the -f files, or a pins file: Docker Compose merges it.
	ComposeFile Kind = iota
	// RestoredFile is a file that Docker Compose writes next to compose.yaml, byte for byte.
	RestoredFile
	// ExtraFile is a file that only pulling restores: Docker Compose does not see it.
	ExtraFile
	// RegistryFile is a file that Docker Compose merges like a ComposeFile. It says where
	// Docker Compose finds the files of the application when it reads the composition from a
	// registry, so a folder that has them under their own names does without it.
	RegistryFile
)

// IsMerged reports whether Docker Compose merges files of the kind, in the order of layers.
func (k Kind) IsMerged() bool { return k == ComposeFile || k == RegistryFile }

// A File is a file of a project.
type File struct {
	// Name is the path relative to the project directory, with slashes.
	Name string
	// Content is the file's bytes.
	Content []byte
	// Kind is how the file travels.
	Kind Kind
	// RestoredAs is the name under which Docker Compose restores a RestoredFile; empty if
	// that is Name. It has no folder.
	RestoredAs string
	// Executable is true if the file's owner may execute it.
	Executable bool
}

// An Image is one place of the merged model that names an image to run or to mount.
type Image struct {
	// Path is where the place is in the model: "services.web.image",
	// "services.web.volumes./data.source" (by mount target), "services.web.pre_start.0.image",
	// "jobs.backup.image", "models.llm.model".
	Path string
	// Service is the name of the service, job or model, for people.
	Service string
	// Ref is the image reference after interpolation, as written: "nginx:1.27". It is
	// empty for a service that has build: but no image:, and was given none.
	Ref string
	// Built is true if the service, or another one with the same image, has build:. It is false
	// for a project that was opened.
	Built bool
	// Platform is the service's own platform ("linux/arm64"), or empty.
	Platform string
	// Position is where the reference is written, as far as it is known.
	Position Position
}

// A Variable is a variable that the Compose files interpolate.
type Variable struct {
	// Name is the name of the variable.
	Name string `json:"name"`
	// Default is the value where the variable is not set.
	Default string `json:"default,omitempty"`
	// Required is true if Docker Compose fails without a value (`${NAME:?}`).
	Required bool `json:"required,omitempty"`
}

// A Requirement is one thing that the place of deployment has to have.
type Requirement struct {
	// Kind is "env-file", "label-file", "secret", "config", "seccomp-profile", "mount",
	// "device", "volume" or "network".
	Kind string `json:"kind"`
	// Path is relative to the folder of the composition if it is not absolute; for a volume
	// or a network it is the name.
	Path string `json:"path"`
	// Services are those that need it.
	Services []string `json:"services,omitempty"`
	// Optional is true if Docker Compose starts the application without it. It makes an empty
	// folder in the place of a mount that is missing.
	Optional bool `json:"optional,omitempty"`
}

// A Pin is what one image place gets.
type Pin struct {
	// Ref is the whole new value: "nginx:1.27@sha256:…".
	Ref string
	// InPlace asks for the value to be edited where it is written, in the Compose files
	// and nothing else in them. What an edit in place can't say goes to the pins file, as
	// do all pins that are not in place.
	InPlace bool
}

// Pins say which reference each image place gets, by [Image.Path].
type Pins map[string]Pin

// PinsFile is the name of the override file that pins images.
const PinsFile = "image-digests.yaml"
