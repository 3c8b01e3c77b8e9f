package loadbalancer

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"k8s.io/client-go/kubernetes"
)

// Config is what a Controller needs. All but Clock and Log must be given.
type Config struct {
	Client kubernetes.Interface
	Pool   Pool
	Fabric Fabric
	Names  Names
	Region string   // in the DNS names, such as ap-south-1
	Zones  []string // each balancer has one address in each

	Clock func() time.Time // time.Now if nil; when addresses are taken and given back
	Log   *slog.Logger     // nil: silent
}

// Pool hands out VPC addresses.
type Pool interface {
	Allocate(now time.Time, zone string) (netip.Addr, error)
	Release(now time.Time, a netip.Addr) bool
}

// Fabric carries connections to VPC addresses.
type Fabric interface {
	Attach(dst netip.AddrPort, backend string) error
	Detach(dst netip.AddrPort)
	Dial(ctx context.Context, src netip.Addr, dst netip.AddrPort) (net.Conn, error)
}

// Names is where a load balancer's DNS name gets its addresses; none takes the
// name away. It is healthy if any endpoint behind it is ready.
type Names interface {
	SetLoadBalancer(dnsName string, addrs []netip.Addr)
	SetLoadBalancerHealth(dnsName string, healthy bool)
}

func (c Config) withDefaults() (Config, error) {
	if c.Client == nil || c.Pool == nil || c.Fabric == nil || c.Names == nil {
		return c, errors.New("load balancer controller: Client, Pool, Fabric and Names must be given")
	}
	if c.Region == "" || len(c.Zones) == 0 {
		return c, errors.New("load balancer controller: Region and Zones must be given")
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}
