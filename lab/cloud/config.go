package cloud

import (
	"net/netip"
	"time"
)

// Config says which cloud it is. The zero value of each field is a default.
type Config struct {
	Seed    uint64
	Start   time.Time // default 2026-01-01T00:00:00Z
	Account string    // default 123456789012
	Region  string    // default ap-south-1
	Roles   []Role    // that may be assumed from this account, in it or in others

	Timing    Timing // default AWS()
	Rates     Rates  // default unlimited
	Reactions Reactions
	Switches  Switches
	Quotas    Quotas
	// Servers is how many authoritative name servers there are, default 4.
	Servers int
	// VPC is where the tasks live; default three zones with 10.0.1.0/24 to 10.0.3.0/24.
	VPC VPC
	// EC2Instances are the primary private addresses of EC2 instances, by id.
	EC2Instances map[string]netip.Addr
	// Log keeps what happened for Log().
	Log bool
	// History bounds what is remembered of the past, for a lab that runs for long:
	// views, operations that have ended, stopped tasks, events of ECS services. 0:
	// views and operations for ever, tasks for Timing.Keep, the latest hundred events.
	History time.Duration
}

// VPC is the one VPC of the account.
type VPC struct {
	ID    string // default vpc-0a1b2c3d4e5f60718
	CIDR  netip.Prefix
	Zones []Zone
}

// Zone is an availability zone and its subnet.
type Zone struct {
	Name   string // such as ap-south-1a
	Subnet string // subnet id
	CIDR   netip.Prefix
}

// Reaction is what ECS does when somebody else withdraws an instance that it
// registered for a running task.
type Reaction uint8

// The reactions. AWS documents none of them.
// https://github.com/hashicorp/terraform-provider-aws/issues/46930
const (
	Ignore     Reaction = iota // leave it
	Reregister                 // register it again; only for Deregister
	Reassert                   // say HEALTHY again; only for Health
	Replace                    // start another task, stop this one
)

// Reactions says how ECS reacts to each way of withdrawing, each time anew.
type Reactions struct {
	Deregister Reaction // Ignore, Reregister or Replace
	Health     Reaction // Ignore, Reassert or Replace
	// After is counted from the end of the deregistration, or from the call
	// that said UNHEALTHY: below HealthFlip a Reassert cancels that call.
	After time.Duration
}

// Switches are what is not confirmed about AWS, each to be set either way.
type Switches struct {
	// ForgetCreator: a RegisterInstance with a CreatorRequestId used before is
	// carried out. Otherwise the earlier operation is returned and nothing done.
	ForgetCreator bool
	// ClearDescription: UpdateService without a Description clears it.
	ClearDescription bool
	// DiscoverAll: DiscoverInstances without a HealthStatus filter returns ALL.
	// Otherwise HEALTHY_OR_ELSE_ALL.
	DiscoverAll bool
	// RecordLimit refuses more than 100 instances of a DNS service, as Route 53
	// bounds records with one name and type.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
	RecordLimit bool
	// SignalAfterSuccess: SIGTERM follows the end of the deregistration.
	// Otherwise it follows the call.
	SignalAfterSuccess bool
	// RegisterIgnoresSuspension: RegisterScalableTarget brings the desired count
	// into the range also where scaling in that direction is suspended.
	RegisterIgnoresSuspension bool
}

// Quotas are those of Cloud Map that an account can have raised.
// https://docs.aws.amazon.com/cloud-map/latest/dg/cloud-map-limits.html
type Quotas struct {
	Namespaces         int // default 50
	NamespaceInstances int // instances of all services of a namespace, default 2000
}

func (cfg Config) withDefaults() Config {
	if cfg.Start.IsZero() {
		cfg.Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	cfg.Start = cfg.Start.Round(0)
	if cfg.Account == "" {
		cfg.Account = "123456789012"
	}
	if cfg.Region == "" {
		cfg.Region = "ap-south-1"
	}
	if cfg.Timing == (Timing{}) {
		cfg.Timing = AWS()
	}
	if cfg.Servers <= 0 {
		cfg.Servers = 4
	}
	if cfg.Quotas.Namespaces <= 0 {
		cfg.Quotas.Namespaces = 50
	}
	if cfg.Quotas.NamespaceInstances <= 0 {
		cfg.Quotas.NamespaceInstances = 2000
	}
	cfg.VPC = cfg.VPC.withDefaults(cfg.Region)
	return cfg
}

func (v VPC) withDefaults(region string) VPC {
	if v.ID == "" {
		v.ID = "vpc-0a1b2c3d4e5f60718"
	}
	if !v.CIDR.IsValid() {
		v.CIDR = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, 0}), 16)
	}
	if len(v.Zones) == 0 {
		v.Zones = make([]Zone, 3)
	} else {
		v.Zones = append([]Zone(nil), v.Zones...)
	}
	for i := range v.Zones {
		z := &v.Zones[i]
		if z.Name == "" {
			z.Name = region + string(rune('a'+i))
		}
		if z.Subnet == "" {
			z.Subnet = "subnet-0000000000000000" + string(rune('a'+i))
		}
		if !z.CIDR.IsValid() {
			z.CIDR = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i + 1), 0}), 24)
		}
	}
	return v
}
