package vpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
)

// The reply codes of RFC 1928, section 6, that the door gives.
const (
	succeeded           = 0
	generalFailure      = 1
	networkUnreachable  = 3
	hostUnreachable     = 4 // also: no such name, and no answer in time
	connectionRefused   = 5
	commandNotSupported = 7
	addressNotSupported = 8
)

// target is where a client wants to go: a name, or else an address.
type target struct {
	name string
	addr netip.Addr
	port uint16
}

// errHandshake is wrapped by what handshake says about a client that doesn't
// speak SOCKS5, or asks for more than the door does.
var errHandshake = errors.New("socks5 handshake")

// handshake reads the greeting and the request and answers all but success.
func handshake(rw io.ReadWriter) (target, error) {
	if err := greet(rw); err != nil {
		return target{}, err
	}
	var head [4]byte // version, command, reserved, address type
	if _, err := io.ReadFull(rw, head[:]); err != nil {
		return target{}, fmt.Errorf("%w: request: %w", errHandshake, err)
	}
	if head[0] != 5 {
		return target{}, fmt.Errorf("%w: request has version %d", errHandshake, head[0])
	}
	var to target
	var err error
	switch head[3] {
	case 1:
		to.addr, err = readAddr(rw, 4)
	case 4:
		to.addr, err = readAddr(rw, 16)
	case 3:
		to.name, err = readName(rw)
	default:
		_ = reply(rw, addressNotSupported, nil)
		return target{}, fmt.Errorf("%w: address type %d", errHandshake, head[3])
	}
	if err != nil {
		return target{}, fmt.Errorf("%w: address: %w", errHandshake, err)
	}
	var port [2]byte
	if _, err := io.ReadFull(rw, port[:]); err != nil {
		return target{}, fmt.Errorf("%w: port: %w", errHandshake, err)
	}
	to.port = uint16(port[0])<<8 | uint16(port[1])
	if head[1] != 1 {
		_ = reply(rw, commandNotSupported, nil)
		return target{}, fmt.Errorf("%w: command %d is not CONNECT", errHandshake, head[1])
	}
	// Some clients send an address as a name.
	if a, err := netip.ParseAddr(to.name); err == nil {
		to.name, to.addr = "", a
	}
	return to, nil
}

// greet agrees on "no authentication", the only method there is here.
func greet(rw io.ReadWriter) error {
	var head [2]byte // version, number of methods
	if _, err := io.ReadFull(rw, head[:]); err != nil {
		return fmt.Errorf("%w: greeting: %w", errHandshake, err)
	}
	if head[0] != 5 {
		return fmt.Errorf("%w: greeting has version %d", errHandshake, head[0])
	}
	methods := make([]byte, head[1])
	if _, err := io.ReadFull(rw, methods); err != nil {
		return fmt.Errorf("%w: methods: %w", errHandshake, err)
	}
	for _, m := range methods {
		if m == 0 {
			if _, err := rw.Write([]byte{5, 0}); err != nil {
				return fmt.Errorf("%w: %w", errHandshake, err)
			}
			return nil
		}
	}
	_, _ = rw.Write([]byte{5, 0xff})
	return fmt.Errorf("%w: client insists on authentication", errHandshake)
}

func readAddr(r io.Reader, size int) (netip.Addr, error) {
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return netip.Addr{}, err
	}
	a, _ := netip.AddrFromSlice(b)
	return a.Unmap(), nil
}

func readName(r io.Reader) (string, error) {
	var size [1]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return "", err
	}
	if size[0] == 0 {
		return "", errors.New("empty name")
	}
	b := make([]byte, size[0])
	_, err := io.ReadFull(r, b)
	return string(b), err
}

// reply answers a request; bound is where the connection comes from.
func reply(w io.Writer, code byte, bound net.Addr) error {
	b := []byte{5, code, 0}
	var a netip.AddrPort
	if t, ok := bound.(*net.TCPAddr); ok {
		a = unmapped(t.AddrPort())
	}
	switch {
	case a.Addr().Is6():
		b = append(append(b, 4), a.Addr().AsSlice()...)
	case a.Addr().Is4():
		b = append(append(b, 1), a.Addr().AsSlice()...)
	default:
		b = append(b, 1, 0, 0, 0, 0)
	}
	b = append(b, byte(a.Port()>>8), byte(a.Port()))
	_, err := w.Write(b)
	return err
}

type lookupError struct{ err error }

func (e *lookupError) Error() string { return "lookup: " + e.err.Error() }
func (e *lookupError) Unwrap() error { return e.err }

func replyTo(err error) byte {
	var lookup *lookupError
	var timeout net.Error
	switch {
	case errors.As(err, &lookup), errors.Is(err, syscall.EHOSTUNREACH):
		return hostUnreachable
	case errors.Is(err, syscall.ECONNREFUSED):
		return connectionRefused
	case errors.Is(err, syscall.ENETUNREACH):
		return networkUnreachable
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return hostUnreachable
	}
	return generalFailure
}

// carry copies one direction and hands the end of it on as a half-close; what
// broke is closed altogether, which ends the other direction too.
func carry(dst, src net.Conn) {
	// The wrapper keeps io.Copy from looking for shortcuts past our counting.
	_, err := io.Copy(struct{ io.Writer }{dst}, struct{ io.Reader }{src})
	half, ok := dst.(interface{ CloseWrite() error })
	if err != nil || !ok || half.CloseWrite() != nil {
		_ = dst.Close()
		_ = src.Close()
	}
}
