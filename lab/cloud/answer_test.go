package cloud

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"pgregory.net/rapid"
)

// instantly is a timing in which all is done when the next second begins.
func instantly() Timing {
	t := AWS()
	for _, d := range []*time.Duration{
		&t.OperationMin, &t.OperationMax, &t.NamespaceMin, &t.NamespaceMax, &t.PropagationMin, &t.PropagationMax, &t.DiscoverMin, &t.DiscoverMax,
	} {
		*d = time.Millisecond
	}
	return t
}

func passed(c *Cloud) { c.Advance(c.Now().Add(time.Second)) }

// inNamespace makes a private namespace.
func inNamespace(t interface{ Fatalf(string, ...any) }, c *Cloud, name string) *string {
	if _, err := c.CloudMap().CreatePrivateDnsNamespace(context.Background(), &servicediscovery.CreatePrivateDnsNamespaceInput{Name: &name, Vpc: ptr(c.Config().VPC.ID)}); err != nil {
		t.Fatalf("namespace %s: %v", name, err)
	}
	passed(c)
	id, ok := c.NamespaceID(name)
	if !ok {
		t.Fatalf("namespace %s isn't there", name)
	}
	return &id
}

// known is every record that a server has, found without any index.
func known(c *Cloud, server int) map[string][]Record {
	out := map[string][]Record{}
	for _, n := range c.namespaces {
		for _, svc := range n.services {
			s := svc.seen[server]
			for _, e := range s.entries {
				for kind, ttl := range s.ttl {
					if ttl < 0 || !e.has(kind) {
						continue
					}
					r := e.record(svc, svc.fqdn, kind, uint32(ttl))
					out[r.Name] = append(out[r.Name], r)
					if kind == kindSRV {
						for _, h := range e.addresses(svc, uint32(ttl)) {
							out[h.Name] = append(out[h.Name], h)
						}
					}
				}
			}
		}
	}
	return out
}

// Every answer is what a second reading of all records says, and NXDOMAIN and
// NODATA are told apart by it: the indexes miss nothing and keep nothing.
func TestAnswerSecondReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := New(Config{Seed: rapid.Uint64().Draw(t, "seed"), Servers: 2, Timing: instantly()})
		m, ctx := c.CloudMap(), context.Background()
		ns := inNamespace(t, c, "shop.internal")
		names := []string{"a", "b.a", "c.b.a", "x.c.b.a", "B", "a.b"}
		ids := []string{"i", "J.i", "k.j.i", "i/2"}
		services := map[string]string{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			id, there := services[name]
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0, 1:
				if there {
					continue
				}
				kinds := rapid.SampledFrom([][]types.RecordType{{"A"}, {"AAAA"}, {"A", "AAAA"}, {"SRV"}, {"CNAME"}}).Draw(t, "kinds")
				d := &types.DnsConfig{RoutingPolicy: types.RoutingPolicyWeighted}
				for _, k := range kinds {
					d.DnsRecords = append(d.DnsRecords, types.DnsRecord{Type: k, TTL: ptr(int64(5))})
				}
				out, err := m.CreateService(ctx, &servicediscovery.CreateServiceInput{Name: &name, NamespaceId: ns, DnsConfig: d})
				if err == nil {
					services[name] = *out.Service.Id
				}
			case 2, 3:
				a := map[string]string{}
				for k, v := range map[string]string{keyIPv4: "10.0.0.1", keyIPv6: "fd00::1", keyPort: "80", keyCNAME: "other.example.com"} {
					if rapid.Bool().Draw(t, k) {
						a[k] = v
					}
				}
				_, _ = m.RegisterInstance(ctx, &servicediscovery.RegisterInstanceInput{ServiceId: &id, InstanceId: ptr(rapid.SampledFrom(ids).Draw(t, "id")), Attributes: a})
			case 4:
				_, _ = m.DeregisterInstance(ctx, &servicediscovery.DeregisterInstanceInput{ServiceId: &id, InstanceId: ptr(rapid.SampledFrom(ids).Draw(t, "id"))})
			case 5:
				if _, err := m.DeleteService(ctx, &servicediscovery.DeleteServiceInput{Id: &id}); err == nil {
					delete(services, name)
				}
			}
			passed(c)
		}
		records := known(c, 1)
		ask := []string{"shop.internal.", "internal.", "other.example.com.", "nobody.shop.internal."}
		for name := range records {
			for rest := name; rest != ""; {
				ask = append(ask, rest, "z."+rest)
				_, rest, _ = strings.Cut(rest, ".")
			}
		}
		for _, n := range names {
			for _, id := range ids {
				ask = append(ask, strings.ToLower(n)+".shop.internal.", strings.ToLower(id+"."+n)+".shop.internal.")
			}
		}
		for _, name := range ask {
			for _, qtype := range []string{"A", "AAAA", "SRV", "CNAME", "TXT"} {
				check(t, c, records, name, qtype)
			}
		}
	})
}

func check(t *rapid.T, c *Cloud, records map[string][]Record, name, qtype string) {
	t.Helper()
	got := c.Answer(1, strings.ToUpper(name), qtype)
	want := NXDomain
	switch {
	case !within(name, "shop.internal."):
		want = Refused
	case len(records[name]) > 0 || name == "shop.internal.":
		want = NoError
	default:
		for owner := range records {
			if strings.HasSuffix(owner, "."+name) {
				want = NoError
			}
		}
	}
	if got.Rcode != want {
		t.Fatalf("%s %s: %s, want %s of %v", name, qtype, got.Rcode, want, records)
	}
	fit := 0
	for _, r := range records[name] {
		if r.Type == qtype || r.Type == "CNAME" {
			fit++
		}
	}
	if len(got.Records) != min(fit, 1) {
		t.Fatalf("%s %s: %d records, want %d of %v", name, qtype, len(got.Records), min(fit, 1), records[name])
	}
	for _, r := range got.Records {
		if !slices.Contains(records[name], r) {
			t.Fatalf("%s %s: %v is none of %v", name, qtype, r, records[name])
		}
	}
	if nothing := len(got.Records) == 0 && want != Refused; nothing != (got.SOA != nil) {
		t.Fatalf("%s %s: %+v: an SOA comes with what isn't there", name, qtype, got)
	}
	if err := host(records, got.Additional); err != nil {
		t.Fatalf("%s %s: %v", name, qtype, err)
	}
}

// host says that additional records are in the zone under their names.
func host(records map[string][]Record, additional []Record) error {
	for _, r := range additional {
		if !slices.Contains(records[r.Name], r) {
			return fmt.Errorf("additional %v is not in the zone", r)
		}
	}
	return nil
}

// Whatever name is asked for, an answer is well-formed.
func FuzzAnswer(f *testing.F) {
	c := New(Config{Seed: 1, Servers: 1, Timing: instantly()})
	if err := c.SeedFleet(Fleet{Namespace: "shop.internal", Services: []FleetService{{Name: "orders", Tasks: 9}, {Name: "grpc", Tasks: 2, SRV: true}}}); err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"orders.shop.internal", "ORDERS.shop.internal.", "", ".", "..", "i.orders.shop.internal.", strings.Repeat("a.", 200), "\x00.shop.internal", "a..shop.internal."} {
		f.Add(name, "A")
	}
	f.Add("grpc.shop.internal.", "SRV")
	records := known(c, 0)
	f.Fuzz(func(t *testing.T, name, qtype string) {
		a := c.Answer(0, name, qtype)
		full := lowerName(name)
		switch {
		case within(full, "shop.internal.") != (a.Rcode != Refused):
			t.Fatalf("%q: %s", name, a.Rcode)
		case a.Rcode != Refused && (len(a.Records) == 0) != (a.SOA != nil):
			t.Fatalf("%q %q: %+v: an SOA comes with what isn't there, and only then", name, qtype, a)
		case len(a.Records) > most && qtype != "NS":
			t.Fatalf("%q %q: %d records", name, qtype, len(a.Records))
		}
		for _, r := range a.Records {
			if r.Name != full || full != "shop.internal." && !slices.Contains(records[full], r) {
				t.Fatalf("%q %q: %v is not in the zone", name, qtype, r)
			}
		}
		if again := c.Answer(0, name+strings.Repeat(".", 1-min(1, strings.Count(name[max(0, len(name)-1):], "."))), qtype); again.Rcode != a.Rcode {
			t.Fatalf("%q: %s, and with a last dot %s", name, a.Rcode, again.Rcode)
		}
	})
}
