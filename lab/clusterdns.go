package lab

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/miekg/dns"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/lab/clusterdns"
	"github.com/tranship/tranship/lab/load"
)

// JVMCache is the longest that a client of the lab holds an answer by itself.
const JVMCache = 30 * time.Second

// startClusterDNS runs CoreDNS before the VPC's resolver, as in EKS.
func (l *Lab) startClusterDNS(ctx context.Context) error {
	var assets string
	var err error
	switch l.Options.CoreDNS {
	case "always":
		assets, err = clusterdns.Build(ctx, l.Options.Progress)
	case "built":
		if built, berr := clusterdns.Built(ctx); berr == nil {
			assets = built
		}
		if assets == "" {
			// Whoever runs the lab outside a checkout, or before the build, does without.
			fmt.Fprintln(l.Options.Progress, "  CoreDNS is not built (make coredns): the clients that look up through it are left out")
			return nil
		}
	default:
		return nil
	}
	if err != nil {
		return err
	}
	dir := filepath.Join(l.dir, "coredns")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("its folder: %w", err)
	}
	s, err := clusterdns.Start(ctx, clusterdns.Options{Assets: assets, Dir: dir, Upstream: l.Ready.DNS})
	if err != nil {
		return err
	}
	l.clusterDNS, l.Ready.ClusterDNS = s, s.Addr.String()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-s.Lost()
		if err := s.Err(); err != nil {
			l.fail(err)
		}
	}()
	l.onDown(func(ctx context.Context) error {
		err := s.Stop(ctx)
		<-stopped
		return err
	})
	return nil
}

// clientCaches are those that the product is told of: what keeps answers beyond
// their TTL on the clients' side. They add up, as one may stand before the other.
func (l *Lab) clientCaches() []cutover.Cache {
	out := []cutover.Cache{{Name: "jvm", For: JVMCache}}
	if l.clusterDNS != nil {
		out = append(out, cutover.Cache{Name: "coredns", For: clusterdns.Holds(l.Options.TTL)})
	}
	if l.Options.ServeStale > 0 {
		out = append(out, cutover.Cache{Name: "resolver", For: l.Options.ServeStale})
	}
	return out
}

// cacheFlags are the same as the controller's flags.
func (l *Lab) cacheFlags() (out []string) {
	for _, c := range l.clientCaches() {
		out = append(out, "--client-cache", c.Name+"="+c.For.String())
	}
	return out
}

// lookupInCluster asks CoreDNS, as a pod's stub resolver does. CoreDNS sees
// loopback, whoever asks.
func (l *Lab) lookupInCluster(ctx context.Context, _ netip.Addr, name string) (load.Answer, error) {
	c := dns.Client{Timeout: stubTimeout}
	r, _, err := c.ExchangeContext(ctx, new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA), l.Ready.ClusterDNS)
	if err != nil {
		return load.Answer{}, fmt.Errorf("ask CoreDNS: %w", err)
	}
	a := load.Answer{Rcode: dns.RcodeToString[r.Rcode]}
	for _, rr := range r.Answer {
		rec, ok := rr.(*dns.A)
		if !ok {
			continue
		}
		addr, ok := netip.AddrFromSlice(rec.A.To4())
		if !ok {
			continue
		}
		if ttl := time.Duration(rec.Hdr.Ttl) * time.Second; len(a.Addrs) == 0 || ttl < a.TTL {
			a.TTL = ttl
		}
		a.Addrs = append(a.Addrs, addr)
	}
	return a, nil
}
