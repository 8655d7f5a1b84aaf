package report

import "github.com/ocompose/ocompose/compose"

// Signature is the signature of a package that a policy accepts.
type Signature struct {
	// Policy is the path of the policy.
	Policy string `json:"policy"`
	// Digest is that of the signature's manifest; absent where the tool that checked it does
	// not tell.
	Digest string `json:"digest,omitempty"`
	// Signer is the subject of the certificate that signed; absent for a key.
	Signer string `json:"signer,omitempty"`
	// Skipped tells that the policy asks for no signature here.
	Skipped bool `json:"skipped,omitempty"`
	// Warnings are what the policy only logs.
	Warnings []string `json:"warnings,omitempty"`
}

// Difference is what diff prints: how B differs from A.
type Difference struct {
	A Compared `json:"a"`
	B Compared `json:"b"`
	// Same tells that there is no difference.
	Same bool `json:"same"`
	// Platforms are those that only one of two packages has compositions for.
	Platforms []Change         `json:"platforms"`
	Services  []Change         `json:"services"`
	Images    []ImageChange    `json:"images"`
	Files     []FileChange     `json:"files"`
	Variables []VariableChange `json:"variables"`
}

// Compared names one side of a comparison.
type Compared struct {
	// Reference is the digest reference of the package, or the path of the project.
	Reference string `json:"reference"`
	// Platform is the platform whose composition was compared; absent for the portable one.
	Platform string `json:"platform,omitempty"`
}

// What became of something between A and B.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// Change is something that only A or only B has.
type Change struct {
	Name string `json:"name"`
	// Change is "added" or "removed".
	Change string `json:"change"`
}

// ImageChange is a place of the application that runs other images in A and B.
type ImageChange struct {
	Path    string `json:"path"`
	Service string `json:"service"`
	// Change is "added", "removed" or "changed".
	Change string `json:"change"`
	// Fields are what differs: "name", "tag", "digest", "platform".
	Fields []string       `json:"fields,omitempty"`
	A      *ComparedImage `json:"a,omitempty"`
	B      *ComparedImage `json:"b,omitempty"`
}

// ComparedImage is what a place runs.
type ComparedImage struct {
	Service string `json:"-"`
	// Name is the full name of the repository that the image is from, for the image of a
	// bundle where it was copied from; absent where a bundle does not tell.
	Name string `json:"name,omitempty"`
	// Tag is absent where none is written.
	Tag string `json:"tag,omitempty"`
	// Digest is absent where the image is not pinned.
	Digest string `json:"digest,omitempty"`
	// Platform is the service's own, where it has one.
	Platform string `json:"platform,omitempty"`
	// Others are the images of a bundle that have the same content, of which it does not tell
	// which one it is.
	Others []ComparedImage `json:"-"`
}

// String is the reference, with the platform if there is one.
func (i ComparedImage) String() string {
	s := i.Name
	if i.Tag != "" {
		s += ":" + i.Tag
	}
	if i.Digest != "" {
		s += "@" + i.Digest
	}
	if i.Platform != "" {
		s += " (" + i.Platform + ")"
	}
	return s
}

// FileChange is a file that differs.
type FileChange struct {
	Name string `json:"name"`
	// Change is "added", "removed" or "changed".
	Change string `json:"change"`
	// Fields are what differs: "content", except for images, "kind" (whether it is a Compose
	// file), "executable".
	Fields []string `json:"fields,omitempty"`
}

// VariableChange is a variable that differs in its default, or in being required.
type VariableChange struct {
	Name string `json:"name"`
	// Change is "added", "removed" or "changed".
	Change string            `json:"change"`
	A      *compose.Variable `json:"a,omitempty"`
	B      *compose.Variable `json:"b,omitempty"`
}
