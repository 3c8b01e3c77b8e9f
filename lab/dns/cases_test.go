package dns

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/cloud/cases"
)

// The model's cases on DNS, with the same expectations to the letter, as a real
// client gets the answers over UDP and over TCP: what the model says is what dig
// sees.
func TestCasesOverTheWire(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			asked := 0
			cases.Run(t, "../cloud/testdata/cases", func(cfg cloud.Config) *cases.Target {
				target := cases.Direct(cfg)
				wire := overWire(t, network, func(q Query, to beyond) (r Reply) {
					asked++
					target.Do(func(c *cloud.Cloud) {
						a := c.Answer(to.server, q.Name, q.Type)
						if to.public {
							a = c.AnswerPublic(to.server, q.Name, q.Type)
						}
						r = Reply{Rcode: a.Rcode, Records: a.Records, Additional: a.Additional, SOA: a.SOA}
					})
					return r
				})
				target.Answer = func(server int, public bool, name, qtype string) cloud.Answer {
					a, _ := wire.ask(t, beyond{server: server, public: public}, name, qtype)
					return a
				}
				target.Close = wire.stop
				return target
			})
			if asked < 50 {
				t.Errorf("only %d questions went over %s", asked, network)
			}
		})
	}
}

// The resolver's own cases, in testdata/cases: directly, and over the wire.
func TestResolverCases(t *testing.T) {
	for _, network := range []string{"direct", "udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			cases.Run(t, "testdata/cases", func(cfg cloud.Config) *cases.Target {
				target := cases.Direct(cfg)
				var r *Resolver
				target.Do(func(c *cloud.Cloud) {
					zone := func(a netip.Addr) string { return a.String()[:6] }
					r = NewResolver(c, Config{Seed: 1, Zone: zone, PacketLimit: 6, ServeStale: time.Minute})
				})
				lookup := func(client netip.Addr, q Query) (reply Reply) {
					q.Client = netip.AddrPortFrom(client, 40000)
					target.Do(func(c *cloud.Cloud) { reply = r.Ask(c.Now(), q) })
					return reply
				}
				if network == "direct" {
					target.Resolve = func(client netip.Addr, name, qtype string) (cloud.Answer, bool) {
						a := lookup(client, Query{Name: name, Type: qtype})
						return cloud.Answer{Rcode: a.Rcode, Records: a.Records, Additional: a.Additional, SOA: a.SOA}, !a.Dropped
					}
					return target
				}
				wire := overWire(t, network, func(q Query, to beyond) Reply { return lookup(to.client, q) })
				target.Resolve = func(client netip.Addr, name, qtype string) (cloud.Answer, bool) {
					return wire.ask(t, beyond{client: client}, name, qtype)
				}
				target.Close = wire.stop
				return target
			})
		})
	}
}

// beyond is what a question means that the wire doesn't carry.
type beyond struct {
	server int
	public bool
	client netip.Addr
}

// wired is a server whose lookups are told more than the wire carries.
type wired struct {
	server  *Server
	network string
	mu      sync.Mutex
	to      beyond
	dropped bool
}

func overWire(t *testing.T, network string, lookup func(Query, beyond) Reply) *wired {
	t.Helper()
	w := &wired{network: network}
	s, err := Serve("127.0.0.1:0", func(q Query) Reply {
		w.mu.Lock()
		defer w.mu.Unlock()
		r := lookup(q, w.to)
		w.dropped = r.Dropped
		if r.Dropped { // said otherwise, so that nobody has to wait for silence
			return Reply{Rcode: "NOTIMP"}
		}
		return r
	})
	if err != nil {
		t.Fatal(err)
	}
	w.server = s
	return w
}

func (w *wired) stop() { _ = w.server.Stop(context.Background()) }

// ask puts a question to the server and reads the answer back.
func (w *wired) ask(t *testing.T, to beyond, name, qtype string) (a cloud.Answer, said bool) {
	t.Helper()
	w.mu.Lock()
	w.to = to
	w.mu.Unlock()
	q := question(miekg.Fqdn(name), miekg.StringToType[qtype])
	q.SetEdns0(4096, false)
	m := ask(t, w.server, w.network, q)
	if m.Truncated || m.Question[0].Name != miekg.Fqdn(name) {
		t.Errorf("%s %s over %s: TC %t, question %q", name, qtype, w.network, m.Truncated, m.Question[0].Name)
	}
	a.Rcode = miekg.RcodeToString[m.Rcode]
	a.Records, a.Additional = records(t, m.Answer), records(t, m.Extra)
	for _, soa := range records(t, m.Ns) {
		a.SOA = &soa
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return a, !w.dropped
}

// records are those of a section as the model has them: names in lower case.
func records(t *testing.T, rrs []miekg.RR) (out []cloud.Record) {
	t.Helper()
	for _, rr := range rrs {
		h := rr.Header()
		if h.Rrtype == miekg.TypeOPT {
			continue
		}
		if h.Class != miekg.ClassINET {
			t.Errorf("%v has another class", rr)
		}
		out = append(out, cloud.Record{
			Name: strings.ToLower(h.Name), Type: miekg.TypeToString[h.Rrtype], TTL: h.Ttl, Data: strings.TrimPrefix(rr.String(), h.String()),
		})
	}
	return out
}
