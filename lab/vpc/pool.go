package vpc

import (
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"sync"
	"time"
)

// What a Pool answers when it can't; both come wrapped with the zone.
var (
	// ErrNoAddress: every address of the zone is in use or cooling down.
	ErrNoAddress = errors.New("no free address")
	// ErrNoZone: the pool has no such zone.
	ErrNoZone = errors.New("no such zone")
)

// DefaultPods is where pods get their addresses from, away from the tasks'.
var DefaultPods = netip.MustParsePrefix("10.0.64.0/18")

// DefaultCoolDown is how long the VPC CNI plugin keeps an address back after
// its pod is gone (IP_COOLDOWN_PERIOD).
// https://github.com/aws/amazon-vpc-cni-k8s
const DefaultCoolDown = 30 * time.Second

// PoolConfig says what a Pool hands out. The zero value is a pool of
// DefaultPods in three zones of ap-south-1.
type PoolConfig struct {
	Prefix   netip.Prefix   // DefaultPods if not set; IPv4
	Zones    []string       // each gets a subnet of equal size, in this order
	CoolDown *time.Duration // DefaultCoolDown if nil; 0 for none
}

// Pool hands out VPC addresses, lowest first, so that a released one returns
// as soon as it may: the case a stale DNS answer has to fear. The same calls
// with the same times give the same addresses. Safe for concurrent use.
type Pool struct {
	coolDown time.Duration
	zones    []string // order of the configuration

	mu      sync.Mutex
	subnets map[string]*subnet
}

// NewPool divides the prefix between the zones.
func NewPool(cfg PoolConfig) (*Pool, error) {
	if !cfg.Prefix.IsValid() {
		cfg.Prefix = DefaultPods
	}
	if len(cfg.Zones) == 0 {
		cfg.Zones = []string{"ap-south-1a", "ap-south-1b", "ap-south-1c"}
	}
	p := &Pool{coolDown: DefaultCoolDown, subnets: map[string]*subnet{}}
	if cfg.CoolDown != nil {
		p.coolDown = *cfg.CoolDown
	}
	prefix := cfg.Prefix.Masked()
	size := prefix.Bits() + bits.Len(uint(len(cfg.Zones)-1))
	// A VPC's subnets are no smaller than /28:
	// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
	if !prefix.Addr().Is4() || size > 28 {
		return nil, fmt.Errorf("vpc: pool: %v is too small for %d zones: want IPv4, and a /28 or more for each", prefix, len(cfg.Zones))
	}
	for i, zone := range cfg.Zones {
		if p.subnets[zone] != nil {
			return nil, fmt.Errorf("vpc: pool: zone %q is given twice", zone)
		}
		start := number(prefix.Addr()) + uint32(i)<<(32-size)
		p.subnets[zone] = newSubnet(netip.PrefixFrom(address(start), size))
		p.zones = append(p.zones, zone)
	}
	return p, nil
}

// Allocate takes an address of the zone, or, for zone "", of the zone with the
// fewest in use (the first of equals). Errors: ErrNoZone, ErrNoAddress.
func (p *Pool) Allocate(now time.Time, zone string) (netip.Addr, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if zone == "" {
		zone = p.emptiest()
	}
	s := p.subnets[zone]
	if s == nil {
		return netip.Addr{}, fmt.Errorf("vpc: pool: zone %q: %w", zone, ErrNoZone)
	}
	n, ok := s.take(now)
	if !ok {
		return netip.Addr{}, fmt.Errorf("vpc: pool: zone %q (%v), %d in use, %d cooling down: %w",
			zone, s.prefix, len(s.used), len(s.cooling), ErrNoAddress)
	}
	return address(n), nil
}

// Release gives an address back; from now + the cool-down on it may be handed
// out again. It is false for an address that isn't in use.
func (p *Pool) Release(now time.Time, a netip.Addr) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	a = a.Unmap()
	s := p.subnets[p.zone(a)]
	if s == nil || !s.used[number(a)] {
		return false
	}
	s.giveBack(number(a), now.Add(p.coolDown))
	return true
}

// Zone tells in which zone an address lies, "" if in none.
func (p *Pool) Zone(a netip.Addr) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.zone(a.Unmap())
}

// Subnet is the zone's range; not valid for a zone that the pool lacks.
func (p *Pool) Subnet(zone string) netip.Prefix {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.subnets[zone]; s != nil {
		return s.prefix
	}
	return netip.Prefix{}
}

func (p *Pool) zone(a netip.Addr) string {
	for _, zone := range p.zones {
		if p.subnets[zone].prefix.Contains(a) {
			return zone
		}
	}
	return ""
}

func (p *Pool) emptiest() string {
	best := p.zones[0]
	for _, zone := range p.zones[1:] {
		if len(p.subnets[zone].used) < len(p.subnets[best].used) {
			best = zone
		}
	}
	return best
}
