// Package signature checks who signed a package, by a policy that its user wrote: a trust
// policy of Notation, or a public key for Cosign.
package signature

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"

	"github.com/ocompose/ocompose/internal/store"
)

// maxPolicySize is the maximum size of a policy in bytes.
const maxPolicySize = 1 << 20

// A Signed is a manifest that may be signed.
type Signed struct {
	// In is the store with the manifest and its referrers.
	In store.Store
	// Descriptor is the descriptor of the manifest.
	Descriptor v1.Descriptor
	// Scope is the repository that selects a trust policy: HOST/REPOSITORY.
	Scope string
}

// name is its digest reference.
func (s Signed) name() string { return s.In.Name() + "@" + s.Descriptor.Digest.String() }

// A Result is the result of a successful check.
type Result struct {
	// Signature is the digest of the signature's manifest; empty if the tool does not report it.
	Signature string
	// Signer is the subject of the signing certificate, if there is one.
	Signer string
	// Skipped is set if the policy requires no signature here.
	Skipped bool
	// Warnings are failures that the policy only logs.
	Warnings []string
}

// An Error reports that a manifest is not signed as a policy requires.
type Error struct {
	// Reference is the manifest's digest reference.
	Reference string
	// Policy is the path of the policy.
	Policy string
	Err    error
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s is not signed as %s requires: %v", e.Reference, e.Policy, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// A Policy selects trusted signers.
type Policy struct {
	path     string
	document *trustpolicy.Document // nil for a public key
	cosign   Cosign
}

// Cosign configures how the program cosign is run.
type Cosign struct {
	// Env is its environment, as from os.Environ.
	Env []string
	// PlainHTTP allows registries without TLS.
	PlainHTTP bool
}

// Read reads a policy: Notation's trustpolicy.json, a folder that has it, or a public key in PEM
// for cosign. The certificates that a trust policy refers to are in the folder truststore next to
// it.
func Read(path string, cosign Cosign) (*Policy, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "trustpolicy.json")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the signature policy: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxPolicySize+1))
	if err != nil {
		return nil, fmt.Errorf("reading the signature policy: %w", err)
	}
	if len(content) > maxPolicySize {
		return nil, fmt.Errorf("reading the signature policy %s: it has more than %d bytes", path, maxPolicySize)
	}
	if block, _ := pem.Decode(content); block != nil {
		if !strings.HasSuffix(block.Type, "PUBLIC KEY") {
			return nil, fmt.Errorf("reading the signature policy %s: it is %q, not a public key", path, block.Type)
		}
		return &Policy{path: path, cosign: cosign}, nil
	}
	p := &Policy{path: path, document: &trustpolicy.Document{}}
	if err := json.Unmarshal(content, p.document); err != nil {
		return nil, fmt.Errorf("reading the signature policy %s: it is neither a Notation trust policy nor a PEM public key: %w", path, err)
	}
	if err := p.document.Validate(); err != nil {
		return nil, fmt.Errorf("reading the signature policy %s: %w", path, err)
	}
	return p, nil
}

// Path returns the path of the policy.
func (p *Policy) Path() string { return p.path }

// Check checks that a manifest is signed as the policy requires. It returns an [Error] if it is
// not; any other error means that it could not be checked.
func (p *Policy) Check(ctx context.Context, s Signed) (Result, error) {
	if p.document == nil {
		return p.checkByCosign(ctx, s)
	}
	return p.checkByNotation(ctx, s)
}
