package pinning

// edits are the new references of candidates.
type edits map[*candidate]string

// decide selects the candidates to edit so that the targets get their pins. A scalar is
// edited if all places that use it have the same pin in place. If its aliases have other
// pins, they are replaced one by one.
func decide(candidates []*candidate, found trace, targets []target) edits {
	d := decision{found: found, targets: make(map[string]target, len(targets)), changes: edits{}}
	for _, t := range targets {
		d.targets[t.key] = t
	}
	for _, c := range candidates {
		if c.anchor == nil {
			d.scalar(c)
		}
	}
	for c, ref := range d.changes {
		if c.known == ref {
			delete(d.changes, c)
		}
	}
	return d.changes
}

type decision struct {
	found   trace
	targets map[string]target
	changes edits
}

// scalar decides about a scalar and its aliases together.
func (d decision) scalar(c *candidate) {
	want, ok := d.wants(c)
	if !ok && d.onlyExtension(c) && len(c.aliases) > 0 {
		// For a value under an "x-" key, its aliases decide.
		want, ok = d.wants(c.aliases[0])
		ok = ok && len(d.others(c, want)) == 0
	}
	others := d.others(c, want)
	if !ok || c.shared || !d.replaceable(others) {
		d.replace(c.aliases)
		return
	}
	d.changes[c] = want
	d.replace(others)
}

// wants returns the reference with which all places that use c are pinned in place. There
// is none if no place uses c, or if one of them is not pinned.
func (d decision) wants(c *candidate) (string, bool) {
	want, reached := "", false
	for _, u := range d.found[c] {
		if u.extension {
			continue
		}
		t, ok := d.targets[u.key]
		if !ok || !u.whole || !t.pin.InPlace || t.now != c.known || reached && t.pin.Ref != want {
			return "", false
		}
		want, reached = t.pin.Ref, true
	}
	return want, reached
}

// onlyExtension reports whether c is in the model only under "x-" keys.
func (d decision) onlyExtension(c *candidate) bool {
	for _, u := range d.found[c] {
		if !u.extension {
			return false
		}
	}
	return len(d.found[c]) > 0
}

// others returns the aliases of c that have another reference.
func (d decision) others(c *candidate, want string) []*candidate {
	var others []*candidate
	for _, alias := range c.aliases {
		if ref, ok := d.wants(alias); !ok || ref != want {
			others = append(others, alias)
		}
	}
	return others
}

// replaceable reports whether each alias has a reference.
func (d decision) replaceable(aliases []*candidate) bool {
	for _, alias := range aliases {
		if _, ok := d.wants(alias); !ok {
			return false
		}
	}
	return true
}

// replace replaces the aliases that have a reference.
func (d decision) replace(aliases []*candidate) {
	for _, alias := range aliases {
		if want, ok := d.wants(alias); ok {
			d.changes[alias] = want
		}
	}
}
