package vpc

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

// conn is a connection to a backend that shows the VPC's addresses and tells the
// flow log what passes.
type conn struct {
	net.Conn
	fabric        *Fabric
	local, remote *net.TCPAddr
	session       *session // nil without a flow log
	reset         atomic.Bool
	closed        sync.Once
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.carried(false, n)
	return n, c.tell("read", err)
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.carried(true, n)
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
		if c.session != nil {
			c.session.ended(c.fabric.clock(), c.reset.Load())
		}
	})
	return c.tell("close", err)
}

func (c *conn) carried(there bool, n int) {
	if c.session != nil && n > 0 {
		c.session.carried(c.fabric.clock(), there, n)
	}
}

func (c *conn) tell(op string, err error) error {
	if err == nil || err == io.EOF { //nolint:errorlint // io.EOF is never wrapped by a Read
		return err
	}
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		c.reset.Store(true)
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
