package cloud_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"pgregory.net/rapid"

	"github.com/tranship/tranship/lab/cloud"
)

// What Route 53 lists and what the name servers answer are two readings of the
// same records: with nothing on its way, no answer has what is not listed, and a
// MULTIVALUE name of up to eight instances answers with all that may be in it.
func TestListedIsAnswered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := t.Context()
		c := cloud.New(cloud.Config{Seed: rapid.Uint64().Draw(t, "seed"), Timing: cloud.Fast()})
		if err := c.SeedFleet(cloud.Fleet{Namespace: "shop.internal"}); err != nil {
			t.Fatal(err)
		}
		ns, _ := c.NamespaceID("shop.internal")
		health := map[string]bool{} // by address: unhealthy
		for n := range rapid.IntRange(0, 4).Draw(t, "services") {
			kind := rapid.SampledFrom([]types.RecordType{types.RecordTypeA, types.RecordTypeSrv, types.RecordTypeAaaa}).Draw(t, "kind")
			name, ttl := fmt.Sprintf("s%d", n), rapid.Int64Range(0, 300).Draw(t, "ttl")
			in := &servicediscovery.CreateServiceInput{Name: &name, NamespaceId: &ns, DnsConfig: &types.DnsConfig{
				RoutingPolicy: rapid.SampledFrom(types.RoutingPolicy("").Values()).Draw(t, "policy"),
				DnsRecords:    []types.DnsRecord{{Type: kind, TTL: &ttl}},
			}}
			custom := rapid.Bool().Draw(t, "custom")
			if custom {
				in.HealthCheckCustomConfig = &types.HealthCheckCustomConfig{}
			}
			svc, err := c.CloudMap().CreateService(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			for i := range rapid.IntRange(0, 10).Draw(t, "instances") {
				id, ip, ip6 := fmt.Sprintf("i-%d", i), fmt.Sprintf("10.0.%d.%d", n, i+1), fmt.Sprintf("fd00::%d:%d", n+1, i+1)
				a := map[string]string{"AWS_INSTANCE_IPV4": ip, "AWS_INSTANCE_PORT": "8080"}
				if kind == types.RecordTypeAaaa {
					a["AWS_INSTANCE_IPV6"] = ip6
				}
				if custom && rapid.Bool().Draw(t, "unhealthy") {
					a["AWS_INIT_HEALTH_STATUS"] = "UNHEALTHY"
					health[ip], health[ip6] = true, true
				}
				if _, err := c.CloudMap().RegisterInstance(ctx, &servicediscovery.RegisterInstanceInput{ServiceId: svc.Service.Id, InstanceId: &id, Attributes: a}); err != nil {
					t.Fatal(err)
				}
			}
		}
		c.Advance(c.Now().Add(time.Minute))

		sets := listAll(t, c, "shop.internal")
		byName := map[string][]r53types.ResourceRecordSet{}
		for _, s := range sets {
			byName[*s.Name+" "+string(s.Type)] = append(byName[*s.Name+" "+string(s.Type)], s)
		}
		for key, sets := range byName {
			name, kind, _ := strings.Cut(key, " ")
			if kind == "SOA" || kind == "NS" {
				continue
			}
			listed, usable := map[string]int64{}, 0
			for _, s := range sets {
				listed[*s.ResourceRecords[0].Value] = *s.TTL
				if !unhealthy(health, *s.ResourceRecords[0].Value, sets) {
					usable++
				}
			}
			if usable == 0 {
				usable = len(sets) // Route 53 falls open
			}
			a := c.Answer(0, name, kind)
			want := min(usable, 8)
			if sets[0].Weight != nil {
				want = 1
			}
			if a.Rcode != cloud.NoError || len(a.Records) != want {
				t.Fatalf("%s: %s with %d records, want %d of %d listed", key, a.Rcode, len(a.Records), want, len(sets))
			}
			for _, r := range a.Records {
				if ttl, ok := listed[r.Data]; !ok || int64(r.TTL) != ttl {
					t.Fatalf("%s: answered %s with TTL %d, listed %v", key, r.Data, r.TTL, listed)
				}
			}
		}
		for n := range 5 {
			name := fmt.Sprintf("s%d.shop.internal.", n)
			_, a := byName[name+" A"]
			_, aaaa := byName[name+" AAAA"]
			_, srv := byName[name+" SRV"]
			if got := c.Answer(0, name, "TXT").Rcode; (got == cloud.NoError) != (a || aaaa || srv) {
				t.Fatalf("%s: %s, but listed: %v", name, got, a || aaaa || srv)
			}
		}
	})
}

// unhealthy says that the record of an address, or of a host with one, is.
func unhealthy(health map[string]bool, value string, sets []r53types.ResourceRecordSet) bool {
	if _, err := netip.ParseAddr(value); err == nil {
		// The host of an SRV record is asked for by who was given it already.
		return health[value] && sets[0].HealthCheckId != nil
	}
	// 1 1 8080 i-3.s2.shop.internal.
	var i, n int
	if _, err := fmt.Sscanf(value, "1 1 8080 i-%d.s%d.", &i, &n); err != nil {
		return false
	}
	return health[fmt.Sprintf("10.0.%d.%d", n, i+1)]
}

// listAll reads every page, of a size that makes many, and holds the order.
func listAll(t *rapid.T, c *cloud.Cloud, zone string) []r53types.ResourceRecordSet {
	id, ok := c.HostedZoneID(zone)
	if !ok {
		t.Fatalf("no zone %s", zone)
	}
	size := int32(rapid.IntRange(1, 7).Draw(t, "page"))
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: &id, MaxItems: &size}
	var all []r53types.ResourceRecordSet
	for {
		out, err := c.Route53().ListResourceRecordSets(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out.ResourceRecordSets...)
		if !out.IsTruncated {
			break
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier
	}
	whole, err := c.Route53().ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: &id})
	if err != nil {
		t.Fatal(err)
	}
	same := func(a, b r53types.ResourceRecordSet) bool {
		return *a.Name == *b.Name && a.Type == b.Type && *a.ResourceRecords[0].Value == *b.ResourceRecords[0].Value
	}
	if !slices.EqualFunc(all, whole.ResourceRecordSets, same) {
		t.Fatalf("pages of %d have %d record sets, one page has %d, or in another order", size, len(all), len(whole.ResourceRecordSets))
	}
	return all
}
