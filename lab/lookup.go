package lab

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/dns"
	"github.com/tranship/tranship/lab/load"
)

// doorAddr is where the door stands in the VPC, and whoever comes from outside:
// dig and nslookup, and what uses SOCKS5.
var doorAddr = netip.MustParseAddr("10.0.200.10")

// stubTimeout is how long a stub resolver waits for an answer.
// https://man7.org/linux/man-pages/man5/resolv.conf.5.html
const stubTimeout = 5 * time.Second

// startResolver makes the resolver of the VPC, with its query log.
func (l *Lab) startResolver() error {
	cfg := dns.Config{Seed: l.Options.Seed, Zone: l.zoneOf, ServeStale: l.Options.ServeStale}
	if l.Options.PacketLimit {
		cfg.PacketLimit = dns.PacketsPerSecond
	}
	l.resolver = dns.NewResolver(l.live.model, cfg)
	log, err := l.queryLog()
	if err != nil {
		return err
	}
	l.resolver.LogQueries(dns.QueryLogOwner{
		AccountID: Account, Region: l.Options.Region, VPCID: l.live.model.Config().VPC.ID, Source: l.querySource,
	}, log)
	return nil
}

// ask is the resolver as the server on loopback has it: its clients stand where
// the door does.
func (l *Lab) ask(q dns.Query) dns.Reply {
	q.Client = netip.AddrPortFrom(doorAddr, q.Client.Port())
	return l.resolve(q)
}

func (l *Lab) resolve(q dns.Query) (r dns.Reply) {
	l.live.do(func(*cloud.Cloud) { r = l.resolver.Ask(time.Now(), q) })
	return r
}

// ports are those that stub resolvers inside the lab ask from.
var ports atomic.Uint32

// lookup asks for the A records of a name, as a client inside the VPC. A packet that is dropped costs the
// time for which a stub resolver waits.
func (l *Lab) lookup(ctx context.Context, client netip.Addr, name string) (dns.Reply, error) {
	const first, count = 32768, 28232 // Linux' default range
	port := uint16(first + (ports.Add(1)-1)%count)
	r := l.resolve(dns.Query{Client: netip.AddrPortFrom(client, port), Transport: dns.UDP, Name: name, Type: "A"})
	if !r.Dropped {
		return r, nil
	}
	t := time.NewTimer(stubTimeout)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	return r, &net.DNSError{Err: "i/o timeout", Name: name, IsTimeout: true}
}

// network is the VPC as load clients use it.
type network struct{ l *Lab }

// Lookup asks the resolver of the VPC.
func (n network) Lookup(ctx context.Context, client netip.Addr, name string) (load.Answer, error) {
	r, err := n.l.lookup(ctx, client, name)
	if err != nil {
		return load.Answer{}, err
	}
	a := load.Answer{Addrs: r.Addrs(), Rcode: r.Rcode}
	for i, rec := range r.Records {
		if ttl := time.Duration(rec.TTL) * time.Second; i == 0 || ttl < a.TTL {
			a.TTL = ttl
		}
	}
	return a, nil
}

// Dial goes through the fabric.
func (n network) Dial(ctx context.Context, src netip.Addr, dst netip.AddrPort) (net.Conn, error) {
	return n.l.fabric.Dial(ctx, src, dst)
}
