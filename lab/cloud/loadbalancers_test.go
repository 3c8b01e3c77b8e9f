package cloud

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// An alias answers with the load balancer's addresses of the moment; so does the
// load balancer's own name; and nothing answers once it is gone.
func TestLoadBalancer(t *testing.T) {
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	c := New(Config{Seed: 1, Start: start, Timing: Fast()})
	if err := c.SeedFleet(Fleet{Services: []FleetService{{Name: "other", Tasks: 1}}}); err != nil {
		t.Fatal(err)
	}
	ns, ok := c.NamespaceID("external-dns-test.internal")
	if !ok {
		t.Fatal("no namespace")
	}
	const elb = "k8s-default-orders-0123456789-0123456789abcdef.elb.ap-south-1.amazonaws.com"
	ctx, m := context.Background(), c.CloudMap()
	created, err := m.CreateService(ctx, &servicediscovery.CreateServiceInput{
		Name: ptr("orders"), NamespaceId: &ns, DnsConfig: &types.DnsConfig{
			RoutingPolicy: types.RoutingPolicyWeighted, DnsRecords: []types.DnsRecord{{Type: types.RecordTypeA, TTL: ptr(int64(30))}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.RegisterInstance(ctx, &servicediscovery.RegisterInstanceInput{
		ServiceId: created.Service.Id, InstanceId: ptr("elb"), Attributes: map[string]string{keyAlias: "K8S" + elb[3:]},
	}); err != nil {
		t.Fatal(err)
	}
	c.Advance(start.Add(time.Minute))
	answer := func(name string) (addrs []string, rcode string) {
		a := c.Answer(0, name, "A")
		for _, r := range a.Records {
			if r.Name != name+"." || r.TTL != 60 {
				t.Errorf("record %+v, want the name asked for and the load balancer's TTL of 60 s", r)
			}
			addrs = append(addrs, r.Data)
		}
		return addrs, a.Rcode
	}
	for _, step := range []struct {
		addrs []netip.Addr
		want  int
	}{
		{nil, 0},
		{[]netip.Addr{netip.MustParseAddr("10.0.64.9"), netip.MustParseAddr("10.0.128.9")}, 2},
		{[]netip.Addr{netip.MustParseAddr("10.0.64.10")}, 1},
		{nil, 0},
	} {
		c.SetLoadBalancer(elb, step.addrs)
		alias, rcode := answer("orders.external-dns-test.internal")
		if len(alias) != step.want || rcode != NoError {
			t.Errorf("with %v the alias answers %v, %s", step.addrs, alias, rcode)
		}
		own, rcode := answer(elb)
		if len(own) != step.want || (rcode == NoError) != (step.want > 0) {
			t.Errorf("with %v the load balancer's name answers %v, %s", step.addrs, own, rcode)
		}
		if len(alias) > 0 && alias[0] != step.addrs[0].String() {
			t.Errorf("the alias answers %v, want %v", alias, step.addrs)
		}
	}
}
