package referrers

import "sync"

// conditions tell whether a registry honors If-Match and If-None-Match on a tag. Only a
// refusal that was justified proves it; until one came, conditions are sent and not relied
// upon.
//
// See https://www.rfc-editor.org/rfc/rfc9110.html#section-13.1.1.
type conditions struct {
	mu sync.Mutex
	// off: a refusal was not justified, as from a registry that answers 412 because its
	// tags are immutable.
	off bool
	// honored: a refusal was justified.
	honored bool
}

// use reports whether to send a condition.
func (k *conditions) use() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return !k.off
}

// proved reports whether an accepted write that was based on read can't have undone
// another one.
func (k *conditions) proved(read *snapshot) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.honored && !k.off && (read.etag != "" || read.digest == "")
}

// resolve compares what an earlier refusal was based on with what is there now.
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
