package referrers

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A change is the change of one update to a list of referrers.
type change struct {
	// add are the manifests that this process pushed, by digest.
	add map[string]v1.Descriptor
	// drop are the deleted digests.
	drop map[string]bool
	// restore are lost entries of other writers, by digest.
	restore map[string]entry
}

// merge applies a change to cur, and reports whether the result differs from cur. Entries
// keep their order and, except for our own incomplete entries, their bytes. New entries are
// appended, sorted by digest.
//
// See https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests-with-subject.
func merge(cur *index, ch change) (next *index, changed bool, err error) {
	next = &index{extra: cur.extra, entries: make([]entry, 0, len(cur.entries)+len(ch.add)+len(ch.restore))}
	ours := make(map[string]bool, len(ch.add))
	for _, e := range cur.entries {
		if ch.drop[e.digest] {
			changed = true
			continue
		}
		if desc, own := ch.add[e.digest]; own {
			if ours[e.digest] {
				changed = true // the specification allows an entry once
				continue
			}
			ours[e.digest] = true
			done, completed, err := complete(e, desc)
			if err != nil {
				return nil, false, err
			}
			changed = changed || completed
			e = done
		}
		next.entries = append(next.entries, e)
	}
	for _, digest := range slices.Sorted(maps.Keys(ch.add)) {
		if ours[digest] || ch.drop[digest] {
			continue
		}
		e, err := newEntry(ch.add[digest])
		if err != nil {
			return nil, false, err
		}
		next.entries, changed = append(next.entries, e), true
	}
	listed := next.digests()
	for _, digest := range slices.Sorted(maps.Keys(ch.restore)) {
		if ch.drop[digest] || listed[digest] {
			continue
		}
		next.entries, changed = append(next.entries, ch.restore[digest]), true
	}
	return next, changed, nil
}

// complete sets the fields of our own manifest's entry that the specification requires, and
// that another writer omitted or got wrong. Other fields and annotations are kept.
func complete(e entry, desc v1.Descriptor) (entry, bool, error) {
	if e.ok && e.desc.MediaType == desc.MediaType && e.desc.Size == desc.Size &&
		e.desc.ArtifactType == desc.ArtifactType && contains(e.desc.Annotations, desc.Annotations) {
		return e, false, nil
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(e.raw, &fields); err != nil || fields == nil {
		fields = map[string]json.RawMessage{}
	}
	annotations := maps.Clone(e.desc.Annotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	maps.Copy(annotations, desc.Annotations)
	desc.Annotations = annotations
	own, err := json.Marshal(desc)
	if err != nil {
		return entry{}, false, fmt.Errorf("encoding descriptor of %s: %w", desc.Digest, err)
	}
	delete(fields, "artifactType")
	// Decoding over the map replaces the fields that the descriptor has.
	if err := json.Unmarshal(own, &fields); err != nil {
		return entry{}, false, fmt.Errorf("encoding descriptor of %s: %w", desc.Digest, err)
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return entry{}, false, fmt.Errorf("encoding descriptor of %s: %w", desc.Digest, err)
	}
	return parseEntry(raw), true, nil
}

// contains reports whether all of want is in have.
func contains(have, want map[string]string) bool {
	for k, v := range want {
		if got, ok := have[k]; !ok || got != v {
			return false
		}
	}
	return true
}
