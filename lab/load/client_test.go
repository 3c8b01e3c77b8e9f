package load

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// When the name is looked up again, with one request per second for 70 s and an
// answer that says 20 s.
func TestHeldAnswers(t *testing.T) {
	var each []int
	for s := range 70 {
		each = append(each, s)
	}
	for _, tc := range []struct {
		habit Habit
		rcode string
		want  []int // seconds in which it was asked
	}{
		{habit: None, want: each},
		{habit: TTL, want: []int{0, 20, 40, 60}},
		{habit: SameSubnet, want: []int{0, 20, 40, 60}},
		{habit: Fixed30, want: []int{0, 30, 60}},
		{habit: Pool, want: []int{0, 60}}, // its one connection is kept for a minute
		{habit: TTL, rcode: "NXDOMAIN", want: each},
		{habit: Fixed30, rcode: "NXDOMAIN", want: []int{0, 10, 20, 30, 40, 50, 60}},
		{habit: Fixed30, rcode: "SERVFAIL", want: each},
		{habit: CoreDNS, want: []int{0, 20, 40, 60}},
		{habit: Discover, want: []int{0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65}},
		{habit: Discover, rcode: "NXDOMAIN", want: each},
		{habit: Pinned, want: []int{0}},
		{habit: Pinned, rcode: "NXDOMAIN", want: each},
	} {
		t.Run(string(tc.habit)+tc.rcode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				var got []int
				network := &planted{
					answer: func(int) (Answer, error) {
						got = append(got, int(time.Since(begin)/time.Second))
						a := Answer{Addrs: []netip.Addr{addr(1)}, TTL: 20 * time.Second, Rcode: tc.rcode}
						if tc.rcode != "" {
							a.Addrs = nil
						}
						return a, nil
					},
					peers: map[netip.AddrPort]func(context.Context) (net.Conn, error){dst(1): overPipe(wellBehaved)},
				}
				cfg := Config{Network: network}
				switch tc.habit {
				case CoreDNS: // who asks elsewhere does not ask the network
					cfg.ClusterDNS, cfg.Network = network.Lookup, elsewhere{network}
				case Discover:
					cfg.Discover, cfg.Network = network.Lookup, elsewhere{network}
				default:
				}
				_, ask := single(t, tc.habit, cfg)
				for range 70 {
					if got := ask(); got.failure != nil && tc.rcode == "" {
						t.Fatalf("%s: %v", got.kind, got.err)
					}
					<-time.After(time.Second)
				}
				if !slices.Equal(got, tc.want) {
					t.Errorf("looked up at %v, want %v", got, tc.want)
				}
			})
		})
	}
}

// elsewhere is a network whose DNS knows nothing.
type elsewhere struct{ *planted }

func (elsewhere) Lookup(context.Context, netip.Addr, string) (Answer, error) {
	return Answer{Rcode: "NXDOMAIN"}, nil
}

func TestChoose(t *testing.T) {
	parse := netip.MustParseAddr
	answer := []netip.Addr{parse("10.0.3.7"), parse("10.0.2.9"), parse("10.0.2.8"), parse("fd00::1")}
	for _, tc := range []struct {
		from, want string
	}{
		{from: "10.0.2.200", want: "10.0.2.9"}, // both .9 and .8 share 24 bits: the first
		{from: "10.0.3.1", want: "10.0.3.7"},
		{from: "10.0.2.10", want: "10.0.2.9"}, // 30 bits against 30: still the first
		{from: "fd00::9", want: "fd00::1"},
		{from: "192.168.1.1", want: "10.0.3.7"},
	} {
		c := &client{habit: SameSubnet, addr: parse(tc.from)}
		if got := c.choose(answer); got != parse(tc.want) {
			t.Errorf("from %s: %s, want %s", tc.from, got, tc.want)
		}
	}
}

// All other habits spread over the whole answer.
func TestChooseAtRandom(t *testing.T) {
	r, err := New(Config{Network: &planted{}, Rate: 1, Seed: 7, Targets: []Target{{"svc-001", "svc-001.shop.internal", port}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []int{0, 1, 2, 3} {
		c, count := r.clients[h][0], map[netip.Addr]int{}
		for range 3000 {
			count[c.choose([]netip.Addr{addr(1), addr(2), addr(3)})]++
		}
		for n := byte(1); n <= 3; n++ {
			if got := count[addr(n)]; got < 850 || got > 1150 { // 1000 ± 5.8 deviations, for a fixed seed
				t.Errorf("%s went to %s %d times of 3000", c.habit, addr(n), got)
			}
		}
	}
}

func TestCommon(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"10.0.0.1", "10.0.0.1", 32}, {"10.0.0.1", "10.0.0.0", 31}, {"10.0.0.1", "138.0.0.1", 0},
		{"::ffff:10.0.0.1", "10.0.1.1", 23}, {"fd00::1", "fd00::2", 126}, {"fd00::1", "10.0.0.1", 0},
	} {
		if got := common(netip.MustParseAddr(tc.a), netip.MustParseAddr(tc.b)); got != tc.want {
			t.Errorf("common(%s, %s) = %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}
