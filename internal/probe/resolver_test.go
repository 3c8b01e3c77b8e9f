package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"github.com/tranship/tranship/internal/names"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	host = "orders.shop.internal"
	soa  = "shop.internal. 15 IN SOA ns-1.example. hostmaster.example. 1 7200 900 1209600 86400"
)

// server answers on one port of loopback, by UDP and TCP. nil is no answer.
func server(t *testing.T, answer func(q *dns.Msg, tcp bool) *dns.Msg) string {
	t.Helper()
	l, p := onePort(t)
	for _, s := range []*dns.Server{{Listener: l}, {PacketConn: p}} {
		tcp := s.Listener != nil
		s.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
			if m := answer(q, tcp); m != nil {
				_ = w.WriteMsg(m)
			}
		})
		started, ended := make(chan struct{}), make(chan error, 1)
		s.NotifyStartedFunc = func() { close(started) }
		go func() { ended <- s.ActivateAndServe() }()
		<-started
		t.Cleanup(func() {
			if err := errors.Join(s.Shutdown(), <-ended); err != nil {
				t.Error(err)
			}
		})
	}
	return l.Addr().String()
}

// onePort is free for both transports.
func onePort(t *testing.T) (net.Listener, net.PacketConn) {
	t.Helper()
	var errs []error
	for range 20 { // somebody may have the one of UDP
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		p, err := net.ListenPacket("udp", l.Addr().String())
		if err == nil {
			return l, p
		}
		errs = append(errs, err, l.Close())
	}
	t.Fatal(errors.Join(errs...))
	return nil, nil
}

// says makes an answer: records, and of those the SOA into the authority.
func says(t *testing.T, rcode int, records ...string) func(*dns.Msg, bool) *dns.Msg {
	t.Helper()
	var answer, authority []dns.RR
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		switch rr.Header().Rrtype {
		case dns.TypeSOA, dns.TypeNS:
			authority = append(authority, rr)
		default:
			answer = append(answer, rr)
		}
	}
	return func(q *dns.Msg, _ bool) *dns.Msg {
		m := new(dns.Msg).SetRcode(q, rcode)
		m.Answer, m.Ns = answer, authority
		return m
	}
}

func addrs(texts ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range texts {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

// resolver is patient: a machine may be slow, and a server that answers will.
func resolver(t *testing.T, servers ...string) *Resolver {
	t.Helper()
	r, err := NewResolver(servers...)
	if err != nil {
		t.Fatal(err)
	}
	r.timeout = time.Minute
	return r
}

func TestAsk(t *testing.T) {
	a := func(ttl int, ip string) string { return fmt.Sprintf("%s. %d IN A %s", host, ttl, ip) }
	for name, c := range map[string]struct {
		answer func(*dns.Msg, bool) *dns.Msg
		family Family
		want   Answer
		says   string // of the error; "": none
	}{
		"two":       {says(t, dns.RcodeSuccess, a(10, "10.0.0.2"), a(10, "10.0.0.1"), a(10, "10.0.0.2")), IPv4, Answer{addrs("10.0.0.1", "10.0.0.2"), 10 * time.Second}, ""},
		"least-ttl": {says(t, dns.RcodeSuccess, a(10, "10.0.0.2"), a(0, "10.0.0.1")), IPv4, Answer{addrs("10.0.0.1", "10.0.0.2"), 0}, ""},
		"IPv6":      {says(t, dns.RcodeSuccess, host+". 5 IN AAAA fd00::1"), IPv6, Answer{addrs("fd00::1"), 5 * time.Second}, ""},
		"by-alias": {
			says(t, dns.RcodeSuccess, host+". 60 IN CNAME x.example.", "x.example. 7 IN A 10.0.0.1"), IPv4, Answer{addrs("10.0.0.1"), 7 * time.Second}, "",
		},
		"no-such-name":         {says(t, dns.RcodeNameError, soa), IPv4, Answer{nil, 15 * time.Second}, ""},
		"no-such-type":         {says(t, dns.RcodeSuccess, soa), IPv4, Answer{nil, 15 * time.Second}, ""},
		"alias-to-none":        {says(t, dns.RcodeSuccess, host+". 60 IN CNAME x.example.", soa), IPv4, Answer{nil, 15 * time.Second}, ""},
		"without-soa":          {says(t, dns.RcodeNameError), IPv4, Answer{nil, negativeAtMost}, ""},
		"other-type-of-record": {says(t, dns.RcodeSuccess, host+`. 5 IN TXT "x"`, soa), IPv4, Answer{nil, 15 * time.Second}, ""},
		"failure":              {says(t, dns.RcodeServerFailure), IPv4, Answer{}, "SERVFAIL"},
		"refused":              {says(t, dns.RcodeRefused), IPv4, Answer{}, "REFUSED"},
		"referral":             {says(t, dns.RcodeSuccess, "shop.internal. 5 IN NS ns.example."), IPv4, Answer{}, "is it a resolver?"},
		"unfinished-alias":     {says(t, dns.RcodeSuccess, host+". 60 IN CNAME x.example."), IPv4, Answer{}, "is it a resolver?"},
		"silence":              {func(*dns.Msg, bool) *dns.Msg { return nil }, IPv4, Answer{}, "no answer within 50ms"},
		"other-question": {func(q *dns.Msg, tcp bool) *dns.Msg {
			m := says(t, dns.RcodeNameError, soa)(q, tcp)
			m.Question = []dns.Question{{Name: "other.", Qtype: dns.TypeA, Qclass: dns.ClassINET}}
			return m
		}, IPv4, Answer{}, "another question"},
	} {
		t.Run(name, func(t *testing.T) {
			at := server(t, c.answer)
			r := resolver(t, at)
			if name == "silence" {
				r.timeout = 50 * time.Millisecond
			}
			got, err := r.Ask(t.Context(), host, c.family)
			if c.says == "" && err != nil {
				t.Fatal(err)
			}
			if c.says != "" && (!errors.Is(err, names.ErrUnreachable) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), at)) {
				t.Errorf("error %v, want one of %s that says %q", err, at, c.says)
			}
			if diff := cmp.Diff(c.want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What does not fit into a packet is asked for again by TCP.
func TestAskByTCP(t *testing.T) {
	whole := says(t, dns.RcodeSuccess, host+". 5 IN A 10.0.0.1", host+". 5 IN A 10.0.0.2")
	cut := func(alsoTCP bool) func(*dns.Msg, bool) *dns.Msg {
		return func(q *dns.Msg, tcp bool) *dns.Msg {
			m := whole(q, tcp)
			if !tcp || alsoTCP {
				m.Truncated, m.Answer = true, m.Answer[:1]
			}
			return m
		}
	}
	got, err := resolver(t, server(t, cut(false))).Ask(t.Context(), host, IPv4)
	if err != nil || len(got.Addrs) != 2 {
		t.Errorf("%+v, error %v", got, err)
	}
	if got, err := resolver(t, server(t, cut(true))).Ask(t.Context(), host, IPv4); err == nil || len(got.Addrs) != 0 {
		t.Errorf("half an answer is taken for a whole one: %+v, error %v", got, err)
	}
}

// The next server is asked where one has no answer, and not where it has one.
func TestAskInOrder(t *testing.T) {
	var asked atomic.Int32
	bad := server(t, says(t, dns.RcodeServerFailure))
	none := server(t, says(t, dns.RcodeNameError, soa))
	good := server(t, func(q *dns.Msg, tcp bool) *dns.Msg {
		asked.Add(1)
		return says(t, dns.RcodeSuccess, host+". 5 IN A 10.0.0.1")(q, tcp)
	})
	if got, err := resolver(t, bad, good).Ask(t.Context(), host, IPv4); err != nil || len(got.Addrs) != 1 {
		t.Errorf("%+v, error %v", got, err)
	}
	if got, err := resolver(t, none, good).Ask(t.Context(), host, IPv4); err != nil || len(got.Addrs) != 0 || asked.Load() != 1 {
		t.Errorf("%+v, error %v, the second was asked %d times", got, err, asked.Load())
	}
}

// A question ends with its context, and asks nobody else.
func TestAskEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var asked atomic.Int32
	silent := server(t, func(*dns.Msg, bool) *dns.Msg {
		asked.Add(1)
		cancel()
		return nil
	})
	r := resolver(t, silent, silent)
	r.timeout = time.Hour
	if _, err := r.Ask(ctx, host, IPv4); !errors.Is(err, context.Canceled) || asked.Load() != 1 {
		t.Errorf("error %v after %d questions", err, asked.Load())
	}
}

func TestNames(t *testing.T) {
	r := resolver(t, "127.0.0.1:1")
	for _, bad := range []string{"", ".", "a..b", strings.Repeat("x", 64) + ".internal"} {
		if _, err := r.Ask(t.Context(), bad, IPv4); !errors.Is(err, names.ErrInvalid) {
			t.Errorf("%q: error %v", bad, err)
		}
	}
	for _, bad := range []string{"127.0.0.1", ":53", "x:"} {
		if _, err := NewResolver(bad); err == nil || !strings.Contains(err.Error(), "--resolver "+bad) {
			t.Errorf("%q: error %v", bad, err)
		}
	}
}

func TestPresent(t *testing.T) {
	full := func(n int) Answer {
		var a Answer
		for i := range n {
			a.Addrs = append(a.Addrs, netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}))
		}
		return a
	}
	for name, c := range map[string]struct {
		answer Answer
		fail   error
		addr   string
		want   bool
		err    error
	}{
		"there":           {full(3), nil, "10.0.0.2", true, nil},
		"mapped":          {full(3), nil, "::ffff:10.0.0.2", true, nil},
		"not-there":       {full(3), nil, "10.0.0.9", false, nil},
		"none-at-all":     {full(0), nil, "10.0.0.9", false, nil},
		"full-and-there":  {full(8), nil, "10.0.0.8", true, nil},
		"full-without-it": {full(8), nil, "10.0.0.9", false, ErrByChance},
		"one-at-a-time":   {full(1), nil, "10.0.0.9", false, ErrByChance},
		"no-answer":       {Answer{}, names.ErrUnreachable, "10.0.0.1", false, names.ErrUnreachable},
	} {
		got, err := Present(t.Context(), asker(func(Family) (Answer, error) { return c.answer, c.fail }), host, netip.MustParseAddr(c.addr))
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %t, %v", name, got, err)
		}
	}
}

// asker is a resolver of a few lines.
type asker func(Family) (Answer, error)

func (f asker) Ask(_ context.Context, _ string, family Family) (Answer, error) { return f(family) }
