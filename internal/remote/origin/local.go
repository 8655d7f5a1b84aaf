package origin

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// A LocalError says that a host elsewhere leads to an address that only this machine can
// mean: what listens there is meant for programs that run here, and may do what it is asked
// without a login.
type LocalError struct {
	// From and To are hosts, with the ports that their URLs have.
	From, To string
}

func (e *LocalError) Error() string {
	return fmt.Sprintf("%s leads to %s, an address of this machine or of its network link", e.From, e.To)
}

// CheckLead returns a [LocalError] if an answer of one origin leads to another one that it
// must not know of.
func CheckLead(from, to *url.URL) error {
	if IsLocal(to.Host) && !IsLocal(from.Host) {
		return &LocalError{From: from.Host, To: to.Host}
	}
	return nil
}

// IsLocal reports whether a host, with or without a port, is this machine or has an address
// that exists only between it and its neighbors. The name alone decides; nothing is looked up.
func IsLocal(hostport string) bool {
	h := hostport
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		h = host
	}
	h = strings.TrimSuffix(strings.TrimPrefix(h, "["), "]")
	addr, err := netip.ParseAddr(h)
	if err == nil {
		addr = addr.Unmap()
		return addr.IsLoopback() || addr.IsUnspecified() || addr.IsLinkLocalUnicast()
	}
	h = strings.ToLower(strings.TrimSuffix(h, "."))
	return h == "localhost" || strings.HasSuffix(h, ".localhost") || isOldNumber(h)
}

// isOldNumber reports whether a name is an IPv4 address in one of the forms that some
// resolvers read and others look up: 127.1, 0x7f000001, 2130706433. No registry has such a
// name.
func isOldNumber(h string) bool {
	last := h[strings.LastIndexByte(h, '.')+1:]
	return last != "" && (strings.HasPrefix(last, "0x") || strings.Trim(last, "0123456789") == "")
}
