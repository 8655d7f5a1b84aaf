package report

import "github.com/ocompose/ocompose/compose"

// Signature is the signature of a package that a policy accepts.
type Signature struct {
	// Policy is the path of the policy.
	Policy string `json:"policy"`
	// Digest is the digest of the signature's manifest; absent if the tool that checked it
	// does not report it.
	Digest string `json:"digest,omitempty"`
	// Signer is the subject of the signing certificate; absent for a key.
	Signer string `json:"signer,omitempty"`
	// Skipped is true if the policy requires no signature here.
	Skipped bool `json:"skipped,omitempty"`
	// Warnings are the violations that the policy only logs.
	Warnings []string `json:"warnings,omitempty"`
}

// Difference is the output of ocompose diff: how B differs from A.
type Difference struct {
	A Compared `json:"a"`
	B Compared `json:"b"`
	// Same is true if there is no difference.
	Same bool `json:"same"`
	// Platforms are the platforms for which only one of two packages has a composition.
	Platforms []Change         `json:"platforms"`
	Services  []Change         `json:"services"`
	Images    []ImageChange    `json:"images"`
	Files     []FileChange     `json:"files"`
	Variables []VariableChange `json:"variables"`
}

// Compared is one side of a comparison.
type Compared struct {
	// Reference is the digest reference of the package, or the path of the project.
	Reference string `json:"reference"`
	// Platform is the platform whose composition was compared; absent for the portable one.
	Platform string `json:"platform,omitempty"`
}

// The kinds of changes between A and B.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// Change is a thing that only A or only B has.
type Change struct {
	Name string `json:"name"`
	// Change is "added" or "removed".
	Change string `json:"change"`
}

// ImageChange is a place of the application with different images in A and B.
type ImageChange struct {
	Path    string `json:"path"`
	Service string `json:"service"`
	// Change is "added", "removed" or "changed".
	Change string `json:"change"`
	// Fields are the differences: "name", "tag", "digest", "platform".
	Fields []string       `json:"fields,omitempty"`
	A      *ComparedImage `json:"a,omitempty"`
	B      *ComparedImage `json:"b,omitempty"`
}

// ComparedImage is the image of a place.
type ComparedImage struct {
	Service string `json:"-"`
	// Name is the full name of the image's repository, for a bundled image that of its source;
	// absent if a bundle does not record it.
	Name string `json:"name,omitempty"`
	// Tag is absent if the reference has none.
	Tag string `json:"tag,omitempty"`
	// Digest is absent if the image is not pinned.
	Digest string `json:"digest,omitempty"`
	// Platform is the service's own platform, if any.
	Platform string `json:"platform,omitempty"`
	// Others are the other images of a bundle with the same content, if the reference does not
	// identify one of them.
	Others []ComparedImage `json:"-"`
}

// String returns the reference, with the platform if there is one.
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
	// Fields are the differences: "content", except for images, "kind" (whether it is a Compose
	// file), "executable".
	Fields []string `json:"fields,omitempty"`
}

// VariableChange is a variable that differs in its default, or in whether it is required.
type VariableChange struct {
	Name string `json:"name"`
	// Change is "added", "removed" or "changed".
	Change string            `json:"change"`
	A      *compose.Variable `json:"a,omitempty"`
	B      *compose.Variable `json:"b,omitempty"`
}
