package vpc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"
)

// backend is a local listener: a path or an address, by network.
type backend struct {
	network string // "unix" or "tcp"
	address string
}

func (b backend) String() string {
	if b.network == "unix" {
		return "unix:" + b.address
	}
	return b.address
}

func parseBackend(s string) (backend, error) {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		if !strings.HasPrefix(path, "/") {
			return backend{}, fmt.Errorf("backend %q: want unix:/absolute/path", s)
		}
		return backend{"unix", path}, nil
	}
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return backend{}, fmt.Errorf("backend %q: want 127.0.0.1:port or unix:/path: %w", s, err)
	}
	// Anything but loopback would let the lab dial into a real network.
	if !a.Addr().IsLoopback() || a.Port() == 0 {
		return backend{}, fmt.Errorf("backend %q: want a loopback address with a port", s)
	}
	return backend{"tcp", a.String()}, nil
}

func (b backend) dial(ctx context.Context, src netip.Addr) (net.Conn, error) {
	if b.network == "unix" {
		return dialUnix(ctx, b.address)
	}
	if d, ok := dialerFrom(src); ok {
		c, err := d.DialContext(ctx, "tcp", b.address)
		if !errors.Is(err, syscall.EADDRNOTAVAIL) {
			return c, err
		}
		// No 127/8 on this machine, or not for this listener (::1).
	}
	d := net.Dialer{KeepAlive: -1}
	return d.DialContext(ctx, "tcp", b.address)
}

// dialUnix does for unix sockets what TCP does by itself: a full backlog makes
// the caller wait (TCP repeats its SYN), and a path that is gone refuses.
func dialUnix(ctx context.Context, path string) (net.Conn, error) {
	var d net.Dialer
	pause := time.Millisecond
	for {
		c, err := d.DialContext(ctx, "unix", path)
		switch {
		case err == nil:
			return c, nil
		case errors.Is(err, fs.ErrNotExist):
			return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
		case !errors.Is(err, syscall.EAGAIN):
			return nil, err
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil, contextError(ctx)
		case <-t.C:
		}
		pause = min(2*pause, 50*time.Millisecond)
	}
}

// contextError is ctx.Err() as the net package tells it: a deadline is a
// time-out (net.Error).
func contextError(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return os.ErrDeadlineExceeded
	}
	return ctx.Err()
}

// refused is what a TCP dial gives where nobody listens.
func refused(from, to net.Addr) *net.OpError {
	return &net.OpError{
		Op: "dial", Net: "tcp", Source: from, Addr: to,
		Err: os.NewSyscallError("connect", syscall.ECONNREFUSED),
	}
}

// renamed puts the VPC's addresses in place of the local ones, so that what a
// client reports can be read without knowing how the fabric works.
func renamed(op string, from, to net.Addr, err error) error {
	var oe *net.OpError
	if errors.As(err, &oe) {
		op, err = oe.Op, oe.Err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: from, Addr: to, Err: err}
}
