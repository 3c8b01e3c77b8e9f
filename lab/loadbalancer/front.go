package loadbalancer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// idle is how long a connection without a byte is kept: AWS closes idle ones
// after 60 s (application) and 350 s (network).
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
const idle = 60 * time.Second

// errNoTarget says that no endpoint is ready.
var errNoTarget = errors.New("no endpoint is ready")

// front listens on one address and port of a balancer.
type front struct {
	addr   netip.AddrPort
	fabric Fabric
	rules  atomic.Pointer[router]
	turn   atomic.Uint64
	end    func()
}

// open begins to listen, on loopback, and puts that behind the VPC address.
func open(ctx context.Context, k kind, addr netip.AddrPort, f Fabric, rules router) (*front, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w", addr, err)
	}
	if err := f.Attach(addr, ln.Addr().String()); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	fr := &front{addr: addr, fabric: f}
	fr.rules.Store(&rules)
	if k == application {
		fr.end = fr.serveHTTP(ln)
	} else {
		fr.end = fr.serveTCP(ctx, ln)
	}
	return fr, nil
}

// close takes the address off the network and ends every connection.
func (f *front) close() {
	f.fabric.Detach(f.addr)
	f.end()
}

// next takes one of the targets in turn.
func (f *front) next(to []netip.AddrPort) (netip.AddrPort, error) {
	if len(to) == 0 {
		return netip.AddrPort{}, errNoTarget
	}
	return to[f.turn.Add(1)%uint64(len(to))], nil
}

// serveHTTP is an application load balancer's listener: each request to a
// target of the rule that takes it; 404 where none does, 503 without targets,
// 502 where the target does not answer.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
func (f *front) serveHTTP(ln net.Listener) (end func()) {
	to := &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			dst, err := netip.ParseAddrPort(address)
			if err != nil {
				return nil, err
			}
			return f.fabric.Dial(ctx, f.addr.Addr(), dst)
		},
		IdleConnTimeout: idle, MaxIdleConnsPerHost: 32,
	}
	silent := log.New(io.Discard, "", 0)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetXForwarded()
			r.Out.Header.Set("X-Forwarded-Port", fmt.Sprint(f.addr.Port()))
		},
		Transport: to, ErrorLog: silent,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	srv := &http.Server{
		ReadHeaderTimeout: idle, IdleTimeout: idle, ErrorLog: silent,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			list, ok := f.rules.Load().match(r.Host, r.URL.Path)
			if !ok {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			dst, err := f.next(list)
			if err != nil {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			r.URL.Scheme, r.URL.Host = "http", dst.String()
			proxy.ServeHTTP(w, r)
		}),
	}
	var work sync.WaitGroup
	work.Go(func() { _ = srv.Serve(ln) }) // ends by Close alone
	return func() {
		_ = srv.Close() // what it has to say, its listener's close, is of no use here
		work.Wait()
		to.CloseIdleConnections()
	}
}

// serveTCP is a network load balancer's listener: each connection to a target;
// closed where that can't be reached.
func (f *front) serveTCP(ctx context.Context, ln net.Listener) (end func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return // closed
			}
			work.Go(func() { f.carry(ctx, c) })
		}
	})
	return func() {
		_ = ln.Close()
		cancel()
		work.Wait()
	}
}

// carry moves bytes both ways until both ends have said all, or ctx ends.
func (f *front) carry(ctx context.Context, in net.Conn) {
	defer in.Close()
	list, _ := f.rules.Load().match("", "/")
	dst, err := f.next(list)
	if err != nil {
		return
	}
	out, err := f.fabric.Dial(ctx, f.addr.Addr(), dst)
	if err != nil {
		return
	}
	defer out.Close()
	stop := context.AfterFunc(ctx, func() {
		_ = in.Close()
		_ = out.Close()
	})
	defer stop()
	var work sync.WaitGroup
	work.Go(func() { pour(out, in) })
	pour(in, out)
	work.Wait()
}

// pour copies until the source ends, and passes the end on. A source that broke
// off breaks the other off, too.
func pour(to, from net.Conn) {
	_, err := io.Copy(to, from)
	half, ok := to.(interface{ CloseWrite() error })
	if err != nil || !ok {
		_ = to.Close()
		_ = from.Close()
		return
	}
	_ = half.CloseWrite() // if the other end is gone already, so be it
}
