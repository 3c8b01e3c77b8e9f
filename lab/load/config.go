package load

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Config is what a Runner needs. Network, Targets and Rate are required.
type Config struct {
	Network Network
	Targets []Target // each with another service
	Rate    float64  // requests per second, over all habits and targets

	// ClusterDNS is what clients with the habit CoreDNS ask, and Discover what those
	// with the habit Discover do; its answers' TTL means nothing. Without one there
	// are no such clients.
	ClusterDNS, Discover Lookup

	// Mix is each habit's share of the requests; any unit will do. By default all
	// have the same, but those whose requests last long have less.
	Mix map[Habit]float64
	// ClientsPerHabit is how many clients each habit has, 6 by default. Each has
	// its own address, answers and connections.
	ClientsPerHabit int
	// Subnets are where the clients' addresses come from, in turn, from each
	// subnet's upper end. Give those of the tasks and pods, so that the nearest
	// address means something. By default three /24 of 10.0.0.0/16.
	Subnets []netip.Prefix
	// Seed decides who asks whom, and which address of an answer is taken.
	Seed uint64

	// Now stamps what is reported and ages the held answers: the lab's clock.
	// time.Now by default. Time-outs are the machine's.
	Now func() time.Time
	// Stopped says when the address's owner was told to stop, the last time; nil
	// means never. It is asked from many goroutines. See the package's comment.
	Stopped func(dst netip.AddrPort) (at time.Time, ok bool)

	Timeouts Timeouts
	Caches   Caches
	// SlowFor is how long a request of the habit Slow takes by design, 20 s by
	// default; StreamFor how long a stream of the habit Stream does, 10 s by default.
	SlowFor, StreamFor time.Duration

	// Concurrency is how many requests may run at once, 1024 by default. Beyond
	// it, arrivals wait.
	Concurrency int
	// Window is how long an arrival may wait before it is skipped, 1 s by
	// default, so that a load that fell behind does not come as one blow.
	Window time.Duration
	// Witnesses is how many failures are kept in full, 100 by default.
	Witnesses int
}

// Timeouts are fixed for all clients.
type Timeouts struct {
	Connect time.Duration // of a dial, 2 s by default
	// Request is from the look-up to the end of the answer, 10 s by default. What
	// is slow by design gets that much longer.
	Request time.Duration
}

func (c Config) withDefaults() (Config, error) {
	fill(&c.Timeouts.Connect, 2*time.Second)
	fill(&c.Timeouts.Request, 10*time.Second)
	fill(&c.ClientsPerHabit, 6)
	fill(&c.Concurrency, 1024)
	fill(&c.SlowFor, 20*time.Second)
	fill(&c.StreamFor, 10*time.Second)
	fill(&c.Window, time.Second)
	fill(&c.Witnesses, 100)
	c.Caches = c.Caches.withDefaults()
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Mix == nil {
		c.Mix = map[Habit]float64{}
		for _, h := range Habits() {
			if c.can(h) {
				c.Mix[h] = h.share()
			}
		}
	}
	if len(c.Subnets) == 0 {
		for n := range byte(3) {
			c.Subnets = append(c.Subnets, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 101 + n, 0}), 24))
		}
	}
	return c, c.check()
}

// can says whether there is what clients of the habit need.
func (c Config) can(h Habit) bool {
	return (h != CoreDNS || c.ClusterDNS != nil) && (h != Discover || c.Discover != nil)
}

func (c Config) check() error {
	var wrong []error
	say := func(format string, a ...any) { wrong = append(wrong, fmt.Errorf("load: "+format, a...)) }
	if c.Network == nil {
		say("Config.Network is missing")
	}
	if len(c.Targets) == 0 {
		say("Config.Targets is empty")
	}
	seen := map[string]bool{}
	for _, t := range c.Targets {
		if t.Service == "" || t.Host == "" || t.Port == 0 {
			say("target %+v needs a service, a host and a port", t)
		}
		if seen[t.Service] {
			say("service %s is named by two targets", t.Service)
		}
		seen[t.Service] = true
	}
	if !(c.Rate > 0) || c.Rate > 1e6 {
		say("Config.Rate is %v requests per second, want more than 0 and at most a million", c.Rate)
	}
	var mixed float64
	for h, share := range c.Mix {
		if !slices.Contains(Habits(), h) {
			say("habit %q is not known", h)
		}
		if share > 0 && !c.can(h) {
			say("habit %s has nobody to ask: Config.ClusterDNS or Config.Discover is missing", h)
		}
		if !(share >= 0) {
			say("habit %s has the share %v", h, share)
		}
		mixed += share
	}
	if !(mixed > 0) {
		say("Config.Mix has no share above 0")
	}
	for _, n := range []int{c.ClientsPerHabit, c.Concurrency, c.Caches.PoolSize} {
		if n < 1 {
			say("clients, concurrency and pool size must be at least 1, not %d", n)
		}
	}
	if c.SlowFor < 0 || c.StreamFor < 0 || c.Timeouts.Connect < 0 || c.Timeouts.Request < 0 || c.Window < 0 {
		say("a time-out, a length or the window is negative")
	}
	return errors.Join(wrong...)
}

// clients makes those of the habits that have a share, by habit.
func (c Config) clients() ([][]*client, error) {
	all := make([][]*client, len(Habits()))
	made := 0
	for n, h := range Habits() {
		if c.Mix[h] == 0 {
			continue
		}
		for range c.ClientsPerHabit {
			subnet := c.Subnets[made%len(c.Subnets)]
			addr, ok := fromTop(subnet, made/len(c.Subnets))
			if !ok {
				return nil, fmt.Errorf("load: subnet %s is too small for %d clients; give more or larger subnets", subnet, made+1)
			}
			cl := &client{
				habit: h, number: n, addr: addr, kept: make([]entry, len(c.Targets)), answered: make([]time.Time, len(c.Targets)),
				random: rand.New(rand.NewPCG(c.Seed, uint64(made))), //nolint:gosec // replay, not secrecy
			}
			if h == Pool {
				cl.pool = newPool(c.Caches, len(c.Targets))
			}
			if h.calls() {
				cl.channels = newChannels(len(c.Targets))
			}
			all[n] = append(all[n], cl)
			made++
		}
	}
	return all, nil
}

// fromTop is the nth usable address below an IPv4 subnet's broadcast address;
// the lower half is left to those who are called.
func fromTop(p netip.Prefix, n int) (netip.Addr, bool) {
	a := p.Masked().Addr()
	size := 32 - p.Bits()
	if !a.Is4() || size < 2 || n >= 1<<(size-1)-1 {
		return netip.Addr{}, false
	}
	b := a.As4()
	low := uint32(1)<<size - 2 - uint32(n) //nolint:gosec // n is below 2^31
	for i := range b {
		b[3-i] |= byte(low >> (8 * i))
	}
	return netip.AddrFrom4(b), true
}
