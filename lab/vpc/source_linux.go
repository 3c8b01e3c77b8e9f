package vpc

import (
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// dialerFrom gives a dialer whose source is the loopback address that stands
// for the VPC address src: 127.a.b.c for x.a.b.c. It is false where there is no
// such address (IPv6, none given, the ends of 127/8).
func dialerFrom(src netip.Addr) (net.Dialer, bool) {
	if !src.Is4() {
		return net.Dialer{}, false
	}
	a := src.As4()
	a[0] = 127
	if host := [3]byte(a[1:]); host == [3]byte{} || host == [3]byte{255, 255, 255} {
		return net.Dialer{}, false
	}
	return net.Dialer{
		KeepAlive: -1,
		LocalAddr: &net.TCPAddr{IP: a[:]},
		// Without this the kernel picks the port at bind, when it doesn't know
		// the destination yet, and has to find one free towards all of them.
		Control: func(_, _ string, c syscall.RawConn) error {
			return c.Control(func(fd uintptr) {
				// Best effort: an old kernel merely has fewer ports.
				_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
			})
		},
	}, true
}
