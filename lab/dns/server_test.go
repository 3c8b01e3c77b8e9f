package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	miekg "github.com/miekg/dns"

	"github.com/tranship/tranship/lab/cloud"
)

// serve puts a zone on a port: A, AAAA, CNAME and SRV, small and large.
func serve(t testing.TB) *Server {
	t.Helper()
	z := newZone()
	z.set("orders.shop.internal.", "A", 5, "10.0.64.7")
	z.set("six.shop.internal.", "AAAA", 5, "fd00::7")
	z.set("alias.shop.internal.", "CNAME", 5, "orders.shop.internal.")
	z.set("broken.shop.internal.", "A", 5, "ten dot something")
	z.set("bad-srv.shop.internal.", "SRV", 5, "1 1 many x.internal.")
	z.set("far.shop.internal.", "CNAME", 5, strings.Repeat("x", 64)+".internal.") // no label is that long
	var many []string
	for i := range 8 {
		many = append(many, fmt.Sprintf("1 1 8080 %032x.%s.shop.internal.", i, strings.Repeat("y", 60)))
	}
	z.set("many.shop.internal.", "SRV", 5, many...)
	z.set("shop.internal.", "SOA", 15, soaData)
	z.set("shop.internal.", "NS", 15, "ns-1.example.")
	r := NewResolver(z, Config{Seed: 1})
	var mu sync.Mutex
	s, err := Serve("127.0.0.1:0", func(q Query) Reply {
		mu.Lock()
		defer mu.Unlock()
		return r.Ask(epoch, q)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ask sends a query as a stub resolver would.
func ask(t testing.TB, s *Server, network string, q *miekg.Msg) *miekg.Msg {
	t.Helper()
	c := &miekg.Client{Net: network, Timeout: 10 * time.Second}
	m, _, err := c.ExchangeContext(t.Context(), q, s.Addr().String())
	if err != nil {
		t.Fatalf("%s %v: %v", network, q.Question, err)
	}
	return m
}

func question(name string, qtype uint16) *miekg.Msg {
	return new(miekg.Msg).SetQuestion(name, qtype)
}

func TestServerAnswers(t *testing.T) {
	s := serve(t)
	soa := "shop.internal.\t15\tIN\tSOA\t" + soaData
	cases := []struct {
		name      string
		qtype     uint16
		rcode     int
		answer    []string
		authority []string
	}{
		{"orders.shop.internal.", miekg.TypeA, miekg.RcodeSuccess, []string{"orders.shop.internal.\t5\tIN\tA\t10.0.64.7"}, nil},
		{"OrDers.shop.INTERNAL.", miekg.TypeA, miekg.RcodeSuccess, []string{"OrDers.shop.INTERNAL.\t5\tIN\tA\t10.0.64.7"}, nil},
		{"six.shop.internal.", miekg.TypeAAAA, miekg.RcodeSuccess, []string{"six.shop.internal.\t5\tIN\tAAAA\tfd00::7"}, nil},
		{"alias.shop.internal.", miekg.TypeA, miekg.RcodeSuccess, []string{
			"alias.shop.internal.\t5\tIN\tCNAME\torders.shop.internal.", "orders.shop.internal.\t5\tIN\tA\t10.0.64.7"}, nil},
		{"shop.internal.", miekg.TypeSOA, miekg.RcodeSuccess, []string{soa}, nil},
		{"shop.internal.", miekg.TypeNS, miekg.RcodeSuccess, []string{"shop.internal.\t15\tIN\tNS\tns-1.example."}, nil},
		{"orders.shop.internal.", miekg.TypeAAAA, miekg.RcodeSuccess, nil, []string{soa}},
		{"orders.shop.internal.", miekg.TypeTXT, miekg.RcodeSuccess, nil, []string{soa}},
		{"orders.shop.internal.", 65280, miekg.RcodeSuccess, nil, []string{soa}},
		{"orders.shop.internal.", miekg.TypeHTTPS, miekg.RcodeSuccess, nil, []string{soa}},
		{"nobody.shop.internal.", miekg.TypeA, miekg.RcodeNameError, nil, []string{soa}},
		{"example.com.", miekg.TypeA, miekg.RcodeRefused, nil, nil},
		{"shop.internal.", miekg.TypeAXFR, miekg.RcodeRefused, nil, nil},
		{"broken.shop.internal.", miekg.TypeA, miekg.RcodeServerFailure, nil, nil},
		{"bad-srv.shop.internal.", miekg.TypeSRV, miekg.RcodeServerFailure, nil, nil},
		{"far.shop.internal.", miekg.TypeCNAME, miekg.RcodeServerFailure, nil, nil},
	}
	for _, tc := range cases {
		for _, network := range []string{"udp", "tcp"} {
			t.Run(tc.name+" "+miekg.Type(tc.qtype).String()+" "+network, func(t *testing.T) {
				m := ask(t, s, network, question(tc.name, tc.qtype))
				if m.Rcode != tc.rcode {
					t.Errorf("%s, want %s", miekg.RcodeToString[m.Rcode], miekg.RcodeToString[tc.rcode])
				}
				if !m.Response || m.Authoritative || !m.RecursionDesired || !m.RecursionAvailable || m.Truncated {
					t.Errorf("flags: %v", m.MsgHdr.String())
				}
				if diff := cmp.Diff(tc.answer, text(m.Answer)) + cmp.Diff(tc.authority, text(m.Ns)); diff != "" {
					t.Errorf("answer and authority (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func text(rrs []miekg.RR) (out []string) {
	for _, rr := range rrs {
		out = append(out, rr.String())
	}
	return out
}

func TestServerFlags(t *testing.T) {
	s := serve(t)
	q := question("orders.shop.internal.", miekg.TypeA)
	q.RecursionDesired = false
	if m := ask(t, s, "udp", q); m.RecursionDesired || !m.RecursionAvailable || m.Id != q.Id {
		t.Errorf("asked without RD: %v", m.MsgHdr.String())
	}
	q = question("version.bind.", miekg.TypeTXT)
	q.Question[0].Qclass = miekg.ClassCHAOS
	if m := ask(t, s, "udp", q); m.Rcode != miekg.RcodeRefused {
		t.Errorf("class CH: %v", m.MsgHdr.String())
	}
	q = question("shop.internal.", miekg.TypeSOA)
	q.Opcode = miekg.OpcodeNotify
	if m := ask(t, s, "udp", q); m.Rcode != miekg.RcodeNotImplemented {
		t.Errorf("NOTIFY: %v", m.MsgHdr.String())
	}
}

func TestServerTruncates(t *testing.T) {
	s := serve(t)
	srv := func(edns uint16) *miekg.Msg {
		q := question("many.shop.internal.", miekg.TypeSRV)
		if edns > 0 {
			q.SetEdns0(edns, false)
		}
		return q
	}
	m := ask(t, s, "udp", srv(0))
	if !m.Truncated || len(m.Answer) == 8 || m.IsEdns0() != nil {
		t.Errorf("512 octets: TC %t, %d answers, OPT %v", m.Truncated, len(m.Answer), m.IsEdns0())
	}
	m = ask(t, s, "udp", srv(4096))
	if m.Truncated || len(m.Answer) != 8 || m.IsEdns0() == nil {
		t.Errorf("EDNS 4096: TC %t, %d answers, OPT %v", m.Truncated, len(m.Answer), m.IsEdns0())
	}
	m = ask(t, s, "udp", srv(100)) // less than 512 means 512
	if !m.Truncated || len(m.Answer) == 0 {
		t.Errorf("EDNS 100: TC %t, %d answers", m.Truncated, len(m.Answer))
	}
	m = ask(t, s, "tcp", srv(0))
	if m.Truncated || len(m.Answer) != 8 {
		t.Errorf("TCP: TC %t, %d answers", m.Truncated, len(m.Answer))
	}
	q := srv(4096)
	q.IsEdns0().SetVersion(1)
	if m := ask(t, s, "udp", q); m.Rcode != miekg.RcodeBadVers {
		t.Errorf("EDNS version 1: %s", miekg.RcodeToString[m.Rcode])
	}
}

// Rubbish neither ends the server nor keeps others from being answered.
func TestServerSurvivesRubbish(t *testing.T) {
	s := serve(t)
	good, err := question("orders.shop.internal.", miekg.TypeA).Pack()
	if err != nil {
		t.Fatal(err)
	}
	pointer := append([]byte{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, 0xc0, 12, 0, 1, 0, 1) // a name that points to itself
	for _, network := range []string{"udp", "tcp"} {
		for _, packet := range [][]byte{nil, {0}, good[:11], good[:20], pointer, append(good[:4:4], 0xff, 0xff, 0xff, 0xff)} {
			c, err := new(net.Dialer).DialContext(t.Context(), network, s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if network == "tcp" {
				packet = append([]byte{byte(len(packet) >> 8), byte(len(packet))}, packet...)
			}
			if _, err := c.Write(packet); err != nil {
				t.Error(err)
			}
			c.Close()
		}
		if m := ask(t, s, network, question("orders.shop.internal.", miekg.TypeA)); len(m.Answer) != 1 {
			t.Errorf("%s after rubbish: %v", network, m)
		}
	}
}

func TestServerStop(t *testing.T) {
	asked, answer := make(chan bool), make(chan bool)
	s, err := Serve("127.0.0.1:0", func(q Query) Reply {
		asked <- q.Client.Addr() == netip.MustParseAddr("127.0.0.1") && q.Client.Port() != 0 && q.Transport == TCP && q.Name == "slow.internal." && q.Type == "A"
		<-answer
		return Reply{Rcode: cloud.NoError, Records: []cloud.Record{{Name: q.Name, Type: "A", TTL: 1, Data: "10.0.0.1"}}}
	})
	if err != nil {
		t.Fatal(err)
	}
	idle, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(s.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = idle.Close() }()
	got := make(chan error, 1)
	go func() {
		c := &miekg.Client{Net: "tcp", Timeout: 30 * time.Second}
		m, _, err := c.Exchange(question("slow.internal.", miekg.TypeA), s.Addr().String())
		if err == nil && len(m.Answer) != 1 {
			err = errors.New(m.String())
		}
		got <- err
	}()
	if !<-asked {
		t.Error("the lookup got something else than was asked")
	}
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(context.Background()) }()
	for {
		c, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(s.Addr()))
		if err != nil {
			break // shut
		}
		_ = c.Close()
	}
	close(answer)
	if err := <-got; err != nil {
		t.Errorf("a query that was being answered: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestServePortTaken(t *testing.T) {
	s := serve(t)
	if second, err := Serve(s.Addr().String(), nil); err == nil {
		t.Error("two servers on one port")
		_ = second.Stop(context.Background())
	}
}

func TestDig(t *testing.T) {
	dig, err := exec.LookPath("dig")
	if err != nil {
		t.Skip("SKIPPED: no dig on PATH")
	}
	s := serve(t)
	for args, want := range map[string]string{
		"orders.shop.internal +short": "10.0.64.7", "alias.shop.internal +short": "10.0.64.7",
		"nobody.shop.internal": "status: NXDOMAIN", "many.shop.internal SRV +noedns": "ANSWER: 8",
	} {
		out := run(t, dig, append([]string{"@127.0.0.1", "-p", fmt.Sprint(s.Addr().Port())}, strings.Fields(args)...)...)
		if !strings.Contains(out, want) {
			t.Errorf("dig %s: no %q in\n%s", args, want, out)
		}
	}
}

func TestNslookup(t *testing.T) {
	nslookup, err := exec.LookPath("nslookup")
	if err != nil {
		t.Skip("SKIPPED: no nslookup on PATH")
	}
	s := serve(t)
	out := run(t, nslookup, fmt.Sprintf("-port=%d", s.Addr().Port()), "orders.shop.internal", "127.0.0.1")
	if !strings.Contains(out, "10.0.64.7") {
		t.Errorf("nslookup:\n%s", out)
	}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func BenchmarkServer(b *testing.B) {
	s := serve(b)
	c, err := miekg.Dial("udp", s.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for b.Loop() {
		if err := c.WriteMsg(question("orders.shop.internal.", miekg.TypeA)); err != nil {
			b.Fatal(err)
		}
		if _, err := c.ReadMsg(); err != nil {
			b.Fatal(err)
		}
	}
}
