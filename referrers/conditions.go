package referrers

import "sync"

// conditions record whether a registry honors If-Match and If-None-Match on a tag. Only a
// justified 412 response proves it; until then, conditions are sent but not relied on.
//
// See https://www.rfc-editor.org/rfc/rfc9110.html#section-13.1.1.
type conditions struct {
	mu sync.Mutex
	// off: a 412 was not justified, as from a registry that returns 412 because its tags are
	// immutable.
	off bool
	// honored: a 412 was justified.
	honored bool
}

// use reports whether to send a condition.
func (k *conditions) use() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return !k.off
}

// proved reports whether an accepted write based on read can't have undone another write.
func (k *conditions) proved(read *snapshot) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.honored && !k.off && (read.etag != "" || read.digest == "")
}

// resolve compares the list that an earlier 412 was based on with the current list.
func (u *update) resolve() {
	if u.rejected == nil {
		return
	}
	u.cond.mu.Lock()
	defer u.cond.mu.Unlock()
	if u.last.digest == u.rejected.digest && u.last.etag == u.rejected.etag {
		u.cond.off = true
	} else {
		u.cond.honored = true
	}
	u.rejected = nil
}
