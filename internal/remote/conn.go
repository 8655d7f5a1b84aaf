package remote

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// pieceSize is how many bytes of a blob are moved at a time. The standard
// library's 32 KiB cost eight times the system calls.
const pieceSize = 256 << 10

var pieces = sync.Pool{New: func() any { b := make([]byte, pieceSize); return &b }}

// blobConn is a connection that sends bodies in large pieces, and fails where
// one of them isn't taken in time.
type blobConn struct {
	net.Conn
	stall time.Duration
}

func (c blobConn) Write(p []byte) (int, error) {
	if c.stall > 0 {
		_ = c.SetWriteDeadline(time.Now().Add(c.stall))
	}
	return c.Conn.Write(p)
}

// ReadFrom implements io.ReaderFrom, to which the transport leaves the
// sending of a body where the connection is not encrypted.
func (c blobConn) ReadFrom(r io.Reader) (int64, error) {
	buf := pieces.Get().(*[]byte)
	defer pieces.Put(buf)
	return io.CopyBuffer(onlyWriter{c}, onlyReader{r}, *buf)
}

// onlyWriter and onlyReader hide what would make io.CopyBuffer ignore the
// buffer.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)

// dialBlobs makes a dialer's connections blobConns.
func dialBlobs(d *net.Dialer, stall time.Duration) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return blobConn{conn, stall}, nil
	}
}
