package origin

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A LocalError reports that a remote host points to a local address of this machine:
// services there are meant for local programs, and may not require a login.
type LocalError struct {
	// From and To are hosts, with the ports of their URLs.
	From, To string
}

func (e *LocalError) Error() string {
	return fmt.Sprintf("%s points to %s, an address of this machine or its local network link", e.From, e.To)
}

// CheckLead returns a [LocalError] if a response from one origin points to a local address
// that it must not use. A host whose name resolves to an address of this machine is on this
// machine, and may.
func CheckLead(ctx context.Context, from, to *url.URL) error {
	if IsLocal(to.Host) && !IsLocal(from.Host) && !isHere(ctx, from.Hostname()) {
		return &LocalError{From: from.Host, To: to.Host}
	}
	return nil
}

// lookupTime limits the lookup of a name.
const lookupTime = 2 * time.Second

// isHere reports whether all addresses of a name are addresses of this machine.
func isHere(ctx context.Context, host string) bool {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(found) == 0 {
		return false
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(found, func(addr netip.Addr) bool {
		addr = addr.Unmap()
		return !addr.IsLoopback() && !slices.ContainsFunc(own, func(o net.Addr) bool {
			prefix, err := netip.ParsePrefix(o.String())
			return err == nil && prefix.Addr().Unmap() == addr
		})
	})
}

// IsLocal reports whether a host, with or without a port, is this machine or has a
// link-local address. It only checks the name, without a lookup.
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

// isOldNumber reports whether a name is an IPv4 address in a legacy form that some
// resolvers accept: 127.1, 0x7f000001, 2130706433. No registry has such a name.
func isOldNumber(h string) bool {
	last := h[strings.LastIndexByte(h, '.')+1:]
	return last != "" && (strings.HasPrefix(last, "0x") || strings.Trim(last, "0123456789") == "")
}
