package remote

import "github.com/google/go-containerregistry/pkg/v1/remote/transport"

// adopt takes the challenge of a request for the registry's own, where the
// ping was answered without one: some let anybody ping. It reports whether
// there is anything new in it.
func (h *host) adopt(ch challenge) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.challenge != nil && h.challenge.Scheme == ch.scheme {
		return false
	}
	h.challenge = &transport.Challenge{Scheme: ch.scheme, Parameters: ch.params, Insecure: h.scheme == "http"}
	return true
}
