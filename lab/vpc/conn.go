package vpc

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// conn is a connection to a backend that shows the VPC's addresses and counts
// what passes.
type conn struct {
	net.Conn
	fabric        *Fabric
	opened        time.Time
	local, remote *net.TCPAddr
	sent          atomic.Int64 // bytes from the client
	closed        sync.Once
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, c.tell("read", err)
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent.Add(int64(n))
	return n, c.tell("write", err)
}

// CloseWrite ends the client's half, as on a *net.TCPConn.
func (c *conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return c.tell("close", half.CloseWrite())
}

func (c *conn) Close() error {
	err := c.Conn.Close()
	c.closed.Do(func() {
		if c.fabric.onFlow != nil {
			c.fabric.onFlow(c.flow(c.fabric.clock()))
		}
	})
	return c.tell("close", err)
}

func (c *conn) tell(op string, err error) error {
	if err == nil || err == io.EOF { //nolint:errorlint // io.EOF is never wrapped by a Read
		return err
	}
	return renamed(op, c.local, c.remote, err)
}

// portCounter gives the ephemeral ports that connections show. The local
// socket's own port doesn't serve: a unix socket has none.
type portCounter struct{ n atomic.Uint32 }

func (p *portCounter) next() int {
	const first, count = 32768, 28232 // Linux' default range
	return first + int((p.n.Add(1)-1)%count)
}
