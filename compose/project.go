package compose

import "context"

// A Project is a Compose application: its files, byte for byte, and what they define
// together. It is immutable; [Project.Pin] returns new files.
type Project struct {
	// Name is the project's name as Docker Compose would choose it.
	Name string
	// Dir is the absolute project directory, the base of relative paths. It is empty for a
	// project that was opened.
	Dir string
	// Sources are the absolute paths of the -f files as they were read, in order; empty
	// for standard input, and for a project that was opened.
	Sources []string
	// Files are the -f files, in order: later files override earlier ones.
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
	// Variables are the variables to set at deployment, sorted by name.
	Variables []Variable
	// Requires are the things that the deployment host must provide, because they are not
	// packaged.
	Requires []Requirement
	// Warnings are messages for the user: what is not packaged, and how to include it.
	Warnings []string

	// basis reads the unpinned state. It is nil for a project that was neither loaded nor
	// opened.
	basis func(context.Context) (*basis, error)
}

// A Kind is the role of a file in a composition.
type Kind int

const (
	// ComposeFile is one of the -f files, or a pins file: Docker Compose merges it.
	ComposeFile Kind = iota
	// RestoredFile is a file that Docker Compose writes next to compose.yaml, byte for byte.
	RestoredFile
	// ExtraFile is a file that only "ocompose pull" restores: Docker Compose ignores it.
	ExtraFile
	// RegistryFile is a file that Docker Compose merges like a ComposeFile. It gives the names
	// that carried files have when Docker Compose reads the composition from a registry, so it
	// is not needed in a folder, where they have their own names.
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
	// Kind is the role of the file.
	Kind Kind
	// RestoredAs is the name, without folders, under which Docker Compose restores a
	// RestoredFile; empty if it is Name.
	RestoredAs string
	// Executable reports whether the file's owner may execute it.
	Executable bool
}

// An Image is one place of the merged model that names an image to run or to mount.
type Image struct {
	// Path is the path in the model: "services.web.image",
	// "services.web.volumes./data.source" (by mount target), "services.web.pre_start.0.image",
	// "jobs.backup.image", "models.llm.model".
	Path string
	// Service is the name of the service, job or model, for display.
	Service string
	// Ref is the image reference after interpolation, as written: "nginx:1.27". It is empty
	// for a service that has build: but no image:, and no image in [Options.Images].
	Ref string
	// Built is true if the service, or another one with the same image, has build:. It is false
	// for a project that was opened.
	Built bool
	// Platform is the service's own platform ("linux/arm64"), or empty.
	Platform string
	// Position is where the reference is written, as far as known.
	Position Position
}

// A Variable is a variable that the Compose files interpolate.
type Variable struct {
	// Name is the name of the variable.
	Name string `json:"name"`
	// Default is the value if the variable is not set.
	Default string `json:"default,omitempty"`
	// Required is true if Docker Compose fails without a value (`${NAME:?}`).
	Required bool `json:"required,omitempty"`
}

// A Requirement is a thing that the deployment host must provide.
type Requirement struct {
	// Kind is "env-file", "label-file", "secret", "config", "seccomp-profile", "mount",
	// "device", "volume", "network", or "file": something in a mounted folder that is packaged
	// without it.
	Kind string `json:"kind"`
	// Path is absolute, or relative to the folder of the composition; for a volume or network
	// it is the name.
	Path string `json:"path"`
	// Services are the names of the services that need it.
	Services []string `json:"services,omitempty"`
	// Optional is true if Docker Compose starts the application without it. For a missing
	// mount it creates an empty folder.
	Optional bool `json:"optional,omitempty"`
}

// A Pin is the new reference of an [Image].
type Pin struct {
	// Ref is the complete new value: "nginx:1.27@sha256:…".
	Ref string
	// InPlace edits the value where it is written, and nothing else in the Compose files. Pins
	// that can't be edited in place go to the pins file, as do all others.
	InPlace bool
}

// Pins are the new references of images, by [Image.Path].
type Pins map[string]Pin

// PinsFile is the name of the override file that pins images.
const PinsFile = "image-digests.yaml"
