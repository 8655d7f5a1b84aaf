//go:build unix

package hostile

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// A lineServer responds to connections byte by byte, and counts them.
type lineServer struct {
	host string
	// all counts connections, and plain those without TLS.
	all, plain atomic.Int64
}

// newLineServer serves each connection, over TLS if there is a configuration.
func newLineServer(t testing.TB, config *tls.Config, serve func(net.Conn)) *lineServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &lineServer{host: l.Addr().String()}
	done := make(chan struct{})
	t.Cleanup(func() { close(done); _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.all.Add(1)
			go func() {
				defer c.Close()
				first := make([]byte, 1)
				if _, err := io.ReadFull(c, first); err != nil {
					return
				}
				if first[0] != 0x16 {
					s.plain.Add(1)
					return
				}
				var conn net.Conn = &unread{Conn: c, before: first}
				if config != nil {
					conn = tls.Server(conn, config)
				}
				ended := make(chan struct{})
				go func() { defer close(ended); serve(conn) }()
				select {
				case <-ended:
				case <-done:
				}
			}()
		}
	}()
	return s
}

// unread is a connection of which some bytes were read already.
type unread struct {
	net.Conn
	before []byte
}

func (c *unread) Read(p []byte) (int, error) {
	if len(c.before) > 0 {
		n := copy(p, c.before)
		c.before = c.before[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// record is a TLS record of a handshake.
func record(version uint16, payload []byte) []byte {
	return append([]byte{22, byte(version >> 8), byte(version), byte(len(payload) >> 8), byte(len(payload))}, payload...)
}

// serverHello selects a version of TLS.
func serverHello(version uint16) []byte {
	body := append(binary.BigEndian.AppendUint16(nil, version), make([]byte, 32)...)
	body = append(body, 0, 0xc0, 0x2f, 0)
	return record(version, append([]byte{2, 0, 0, byte(len(body))}, body...))
}

// frame is a frame of HTTP/2.
func frame(kind, flags byte, stream uint32, payload string) []byte {
	n := len(payload)
	f := []byte{byte(n >> 16), byte(n >> 8), byte(n), kind, flags}
	return append(binary.BigEndian.AppendUint32(f, stream), payload...)
}

// literal is a header field.
func literal(name, value string) string {
	return "\x00" + string(rune(len(name))) + name + string(rune(len(value))) + value
}

// overHTTP2 responds to each request with frames.
func overHTTP2(frames func(stream uint32) []byte) func(net.Conn) {
	return inHTTP2(string(frame(4, 0, 0, "")), frames)
}

// inHTTP2 writes a text after the client's greeting, and frames when a request has arrived: an
// error before that may be hidden by one of net/http's own.
func inHTTP2(before string, frames func(stream uint32) []byte) func(net.Conn) {
	return func(c net.Conn) {
		buf := make([]byte, 24)
		if _, err := io.ReadFull(c, buf); err != nil {
			return
		}
		_, _ = io.WriteString(c, before)
		for {
			head := make([]byte, 9)
			if _, err := io.ReadFull(c, head); err != nil {
				return
			}
			size := int64(head[0])<<16 | int64(head[1])<<8 | int64(head[2])
			if _, err := io.CopyN(io.Discard, c, size); err != nil {
				return
			}
			if head[3] == 1 {
				go func() { _, _ = io.Copy(io.Discard, c) }()
				_, _ = c.Write(frames(binary.BigEndian.Uint32(head[5:])))
			}
		}
	}
}

const (
	resetStream = 3
	noStatus    = "\x00\x01a\x01b"
)

var ok = literal(":status", "200")

// A wire is a server with a permanent protocol error: its bytes in TLS and HTTP, and the
// negotiated protocol.
type wire struct {
	alpn  string
	serve func(net.Conn)
}

// wires returns the servers. It is a function, as oddities and projects are, because the commands
// under test are processes of this binary: a variable of many bytes makes all of them slower.
func wires() map[string]wire {
	return map[string]wire{
		"TLS 1.0":               {"", bare(serverHello(tls.VersionTLS10))},
		"SSL 3":                 {"", bare(serverHello(0x300))},
		"an alert":              {"", bare([]byte{21, 3, 3, 0, 2, 2, 40})},
		"a huge certificate":    {"", bare(append(serverHello(tls.VersionTLS12), record(tls.VersionTLS12, []byte{11, 255, 255, 255})...))},
		"endless warnings":      {"", bare(bytes.Repeat([]byte{21, 3, 3, 0, 2, 1, 90}, 1000))},
		"HTTP/1.1 for HTTP/2":   {"h2", instead("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")},
		"HTTP/2 for HTTP/1.1":   {"http/1.1", written(string(frame(4, 0, 0, "")) + "\n")},
		"no SETTINGS":           {"h2", instead(string(frame(6, 0, 0, "12345678")))},
		"a window too large":    {"h2", instead(string(frame(4, 0, 0, "\x00\x04\xff\xff\xff\xff")))},
		"a frame too large":     {"h2", overHTTP2(func(uint32) []byte { return []byte("\xff\xff\xff\x00\x00\x00\x00\x00\x01") })},
		"a pushed response":     {"h2", overHTTP2(func(s uint32) []byte { return frame(5, 4, s, "\x00\x00\x00\x02"+ok) })},
		"no status":             {"h2", overHTTP2(func(s uint32) []byte { return frame(1, 5, s, noStatus) })},
		"a header in capitals":  {"h2", overHTTP2(func(s uint32) []byte { return frame(1, 5, s, ok+literal("ABC", "d")) })},
		"HTTP/1.1 required":     {"h2", overHTTP2(func(s uint32) []byte { return frame(resetStream, 0, s, "\x00\x00\x00\x0d") })},
		"data without a stream": {"h2", overHTTP2(func(uint32) []byte { return frame(0, 0, 0, "x") })},
		"endless CONTINUATION": {"h2", overHTTP2(func(s uint32) []byte {
			return append(frame(1, 0, s, ok), bytes.Repeat(frame(9, 0, s, literal("x", "y")), 1<<19)...)
		})},
	}
}

// instead writes a text to an HTTP/2 connection when a request has arrived.
func instead(text string) func(net.Conn) {
	return inHTTP2("", func(uint32) []byte { return []byte(text) })
}

// bare writes to a connection without TLS, after the client's greeting.
func bare(answer []byte) func(net.Conn) {
	return func(c net.Conn) {
		if t, ok := c.(*tls.Conn); ok {
			c = t.NetConn()
		}
		written(string(answer))(c)
	}
}

// written reads some bytes, and responds with a text, until the client disconnects.
func written(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, text)
		_, _ = io.Copy(io.Discard, c)
	}
}

// certificate returns a certificate that the tests' commands trust, and the file with its
// authority.
func certificate(c *command) tls.Certificate {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	c.write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	return s.TLS.Certificates[0]
}

// TestProtocolErrorsAreNotRetried: permanent protocol errors are not retried, and not without TLS either.
func TestProtocolErrorsAreNotRetried(t *testing.T) {
	for name, wire := range wires() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCommand(t)
			config := &tls.Config{Certificates: []tls.Certificate{certificate(c)}}
			if wire.alpn != "" {
				config.NextProtos = []string{wire.alpn}
			}
			s := newLineServer(t, config, wire.serve)
			c.config(map[string]any{"auths": map[string]any{s.host: logins["basic"].entry}})
			args := []string{"inspect", "--ca-file", "ca.pem", s.host + "/x:1"}
			end := c.known(args...)
			check(t, args, end)
			require.Equal(t, 1, end.status, end.stderr)
			require.EqualValues(t, 1, s.all.Load(), end.stderr)
			require.Zero(t, s.plain.Load(), end.stderr)
		})
	}
}

// oddities returns responses to a request for a manifest with permanent errors.
func oddities() map[string]string {
	return map[string]string{
		"a negative length":        "Content-Length: -5\r\n\r\n{}",
		"two lengths":              "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
		"a length too large":       "Content-Length: 99999999999999999999\r\n\r\n{}",
		"chunks in gzip":           "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"a negative chunk":         "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
		"a chunk of a long header": "Transfer-Encoding: chunked\r\n\r\n2;" + string(bytes.Repeat([]byte("x"), 100_000)),
		"long trailers":            "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\n{}\r\n0\r\n" + string(bytes.Repeat([]byte("X: y\r\n"), 100_000)),
		"many headers":             string(bytes.Repeat([]byte("X: y\r\n"), 1_000_000)),
		"a bad Location":           "Location: http://[::1\r\nContent-Length: 0\r\n\r\n",
		"a status of 999":          "Content-Length: 0\r\n\r\n",
		"a login with NTLM":        "WWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n",
	}
}

// TestHTTP1ErrorsAreNotRetried is TestProtocolErrorsAreNotRetried for HTTP/1.1.
func TestHTTP1ErrorsAreNotRetried(t *testing.T) {
	for name, response := range oddities() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, c := newEvil(t), newCommand(t)
			status := map[string]int{"a bad Location": 307, "a status of 999": 999, "a login with NTLM": 401}[name]
			e.on("GET .*/manifests/", func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					return
				}
				defer conn.Close()
				fmt.Fprintf(conn, "HTTP/1.1 %d X\r\n%s", max(status, 200), response)
			})
			args := []string{"inspect", e.host + "/" + repo + ":" + tag}
			end := c.run(args...)
			check(t, args, end)
			require.NotZero(t, end.status)
			require.Equal(t, 1, e.requests("^GET .*/manifests/"), end.stderr)
		})
	}
}

// floods are endless frames that a client reads and ignores.
var floods = map[string]func(stream uint32) []byte{
	"PING":             func(uint32) []byte { return frame(6, 0, 0, "12345678") },
	"PING answered":    func(uint32) []byte { return frame(6, 1, 0, "12345678") },
	"SETTINGS":         func(uint32) []byte { return frame(4, 0, 0, "") },
	"WINDOW_UPDATE":    func(s uint32) []byte { return frame(8, 0, s, "\x00\x00\x00\x01") },
	"PRIORITY":         func(s uint32) []byte { return frame(2, 0, s, "\x00\x00\x00\x00\x01") },
	"unknown frames":   func(uint32) []byte { return frame(99, 0, 0, "") },
	"empty DATA":       func(s uint32) []byte { return frame(0, 0, s, "") },
	"interim statuses": func(s uint32) []byte { return frame(1, 4, s, literal(":status", "103")) },
}

// TestFloods: endless frames without content are not read forever.
func TestFloods(t *testing.T) {
	for name, flood := range floods {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCommand(t)
			config := &tls.Config{Certificates: []tls.Certificate{certificate(c)}, NextProtos: []string{"h2"}}
			var sent atomic.Int64
			s := newLineServer(t, config, func(conn net.Conn) {
				overHTTP2(func(stream uint32) []byte {
					if name == "empty DATA" {
						_, _ = conn.Write(frame(1, 4, stream, ok))
					}
					many := bytes.Repeat(flood(stream), 1000)
					for {
						n, err := conn.Write(many)
						sent.Add(int64(n))
						if err != nil {
							return nil
						}
					}
				})(conn)
			})
			args := []string{"inspect", "--ca-file", "ca.pem", s.host + "/x:1"}
			end := c.known(args...)
			t.Logf("%d MiB, %d connections", sent.Load()>>20, s.all.Load())
			check(t, args, end)
			require.Equal(t, 1, end.status, end.stderr)
		})
	}
}

// TestConnectionsAreLimited: if a server closes each connection before it responds, the number of
// connections is limited.
func TestConnectionsAreLimited(t *testing.T) {
	t.Parallel()
	c := newCommand(t)
	config := &tls.Config{Certificates: []tls.Certificate{certificate(c)}, NextProtos: []string{"h2"}}
	s := newLineServer(t, config, overHTTP2(func(uint32) []byte { return frame(7, 0, 0, "\x00\x00\x00\x00\x00\x00\x00\x00") }))
	args := []string{"inspect", "--ca-file", "ca.pem", s.host + "/x:1"}
	end := c.known(args...)
	check(t, args, end)
	require.Equal(t, 1, end.status, end.stderr)
	require.LessOrEqual(t, s.all.Load(), int64(11), end.stderr)
}
