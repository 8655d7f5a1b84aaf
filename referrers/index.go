package referrers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/ocompose/ocompose/internal/limits"
)

// An index is a list of referrers: an image index. Everything that this package does not
// need to change is kept byte for byte.
type index struct {
	entries []entry
	// extra are the fields besides schemaVersion, mediaType and manifests.
	extra map[string]json.RawMessage
}

// isEmpty reports whether the index has no content and can be deleted.
func (x *index) isEmpty() bool { return len(x.entries) == 0 && len(x.extra) == 0 }

// An entry is one descriptor of an index.
type entry struct {
	// digest is the entry's digest as written, or "".
	digest string
	// desc is the entry as a descriptor; it is valid only if ok.
	desc v1.Descriptor
	ok   bool
	// raw are the original bytes.
	raw json.RawMessage
}

// parseIndex parses an image index. An invalid entry, such as one with an unknown digest
// algorithm, does not affect the others.
//
// See https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md.
func parseIndex(raw []byte) (*index, error) {
	var fields map[string]json.RawMessage
	if err := limits.Decode(raw, &fields); err != nil {
		return nil, fmt.Errorf("parsing image index: %w", err)
	}
	if fields == nil {
		return nil, errors.New("parsing image index: null")
	}
	var items []json.RawMessage
	if list, ok := fields["manifests"]; ok {
		if err := json.Unmarshal(list, &items); err != nil {
			return nil, fmt.Errorf("parsing the manifests of an image index: %w", err)
		}
	}
	x := &index{entries: make([]entry, 0, len(items))}
	for _, item := range items {
		x.entries = append(x.entries, parseEntry(item))
	}
	delete(fields, "schemaVersion")
	delete(fields, "mediaType")
	delete(fields, "manifests")
	if len(fields) > 0 {
		x.extra = fields
	}
	return x, nil
}

func parseEntry(raw json.RawMessage) entry {
	e := entry{raw: raw}
	var peek struct {
		Digest string `json:"digest"`
	}
	if json.Unmarshal(raw, &peek) == nil {
		e.digest = peek.Digest
	}
	var desc v1.Descriptor
	if json.Unmarshal(raw, &desc) == nil && desc.Digest.Hex != "" && desc.Size >= 0 {
		e.desc, e.ok = desc, true
	}
	return e
}

// newEntry returns the entry of a manifest that this process pushed.
func newEntry(desc v1.Descriptor) (entry, error) {
	raw, err := json.Marshal(desc)
	if err != nil {
		return entry{}, fmt.Errorf("encoding descriptor of %s: %w", desc.Digest, err)
	}
	return entry{digest: desc.Digest.String(), desc: desc, ok: true, raw: raw}, nil
}

// encode encodes the index, with the original bytes of each entry.
func (x *index) encode() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"schemaVersion":2,"mediaType":%q,"manifests":[`, types.OCIImageIndex)
	for i, e := range x.entries {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(e.raw)
	}
	b.WriteByte(']')
	for _, key := range slices.Sorted(maps.Keys(x.extra)) {
		quoted, _ := json.Marshal(key) // encoding a string can't fail
		b.WriteByte(',')
		b.Write(quoted)
		b.WriteByte(':')
		b.Write(x.extra[key])
	}
	b.WriteByte('}')
	return b.Bytes()
}

// digests returns the listed digests.
func (x *index) digests() map[string]bool {
	all := make(map[string]bool, len(x.entries))
	for _, e := range x.entries {
		all[e.digest] = true
	}
	return all
}

// has reports whether the digest is listed.
func (x *index) has(digest string) bool {
	return slices.ContainsFunc(x.entries, func(e entry) bool { return e.digest == digest })
}

// descriptors returns the valid entries.
func (x *index) descriptors() []v1.Descriptor {
	out := make([]v1.Descriptor, 0, len(x.entries))
	for _, e := range x.entries {
		if e.ok {
			out = append(out, e.desc)
		}
	}
	return out
}
