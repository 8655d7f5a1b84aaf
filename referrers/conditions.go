package referrers

import "sync"

// conditions tell whether a registry heeds If-Match and If-None-Match on a
// tag. Nothing says so but a refusal that was justified; until one came,
// conditions are sent and not relied upon.
//
// https://www.rfc-editor.org/rfc/rfc9110.html#section-13.1.1
type conditions struct {
	mu sync.Mutex
	// off says that a refusal was not justified, as where a registry answers
	// 412 because its tags are immutable.
	off bool
	// heeded says that one was.
	heeded bool
}

// use tells whether to send a condition.
func (k *conditions) use() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return !k.off
}

// proved tells whether an accepted write that was based on read can't have
// undone another.
func (k *conditions) proved(read *snapshot) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.heeded && !k.off && (read.etag != "" || read.digest == "")
}

// judge holds an earlier refusal against what is there now.
func (u *update) judge() {
	if u.doubt == nil {
		return
	}
	u.cond.mu.Lock()
	defer u.cond.mu.Unlock()
	if u.last.digest == u.doubt.digest && u.last.etag == u.doubt.etag {
		u.cond.off = true
	} else {
		u.cond.heeded = true
	}
	u.doubt = nil
}
