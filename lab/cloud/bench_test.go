package cloud

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// sizes are those between which no call may cost twice as much.
var sizes = []int{10, 1000}

// fleet is a cloud with that many services of two instances each, and the id of
// their namespace.
func fleet(b *testing.B, services int) (*Cloud, string) {
	b.Helper()
	v := VPC{}
	for _, cidr := range []string{"10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20"} {
		v.Zones = append(v.Zones, Zone{CIDR: netip.MustParsePrefix(cidr)})
	}
	c := New(Config{Seed: 1, VPC: v})
	f := Fleet{Namespace: "shop.internal"}
	for n := range services {
		f.Services = append(f.Services, FleetService{Name: fmt.Sprintf("svc-%04d", n), Tasks: 2, SRV: n%10 == 9})
	}
	if err := c.SeedFleet(f); err != nil {
		b.Fatal(err)
	}
	id, ok := c.NamespaceID("shop.internal")
	if !ok {
		b.Fatal("no namespace")
	}
	return c, id
}

// BenchmarkScale compares what each call costs among ten services and among a
// thousand: `go test ./lab/cloud -run - -bench Scale -count 6 | benchstat -col /services -`.
func BenchmarkScale(b *testing.B) {
	ctx := context.Background()
	for _, n := range sizes {
		c, ns := fleet(b, n)
		m := c.CloudMap()
		id, _ := c.ServiceID("svc-0003.shop.internal")
		calls := []struct {
			name string
			call func() error
		}{
			{"Answer", func() error { c.Answer(1, "svc-0003.shop.internal.", "A"); return nil }},
			{"AnswerSRV", func() error { c.Answer(1, "svc-0009.shop.internal.", "SRV"); return nil }},
			{"AnswerNXDOMAIN", func() error { c.Answer(1, "nobody.shop.internal.", "A"); return nil }},
			{"AnswerNODATA", func() error { c.Answer(1, "svc-0003.shop.internal.", "AAAA"); return nil }},
			{"ServiceID", func() error { c.ServiceID("svc-0003.shop.internal"); return nil }},
			{"DiscoverInstances", func() error {
				_, err := m.DiscoverInstances(ctx, &servicediscovery.DiscoverInstancesInput{NamespaceName: ptr("shop.internal"), ServiceName: ptr("svc-0003")})
				return err
			}},
			{"DiscoverInstancesRevision", func() error {
				_, err := m.DiscoverInstancesRevision(ctx, &servicediscovery.DiscoverInstancesRevisionInput{NamespaceName: ptr("shop.internal"), ServiceName: ptr("svc-0003")})
				return err
			}},
			{"GetService", func() error {
				_, err := m.GetService(ctx, &servicediscovery.GetServiceInput{Id: &id})
				return err
			}},
			{"ListInstances", func() error {
				_, err := m.ListInstances(ctx, &servicediscovery.ListInstancesInput{ServiceId: &id})
				return err
			}},
			{"ListNamespaces", func() error {
				_, err := m.ListNamespaces(ctx, &servicediscovery.ListNamespacesInput{})
				return err
			}},
			{"ListServicesPage", func() error { // ten of them
				_, err := m.ListServices(ctx, &servicediscovery.ListServicesInput{MaxResults: ptr(int32(10))})
				return err
			}},
			{"ListServicesOfNamespacePage", func() error {
				_, err := m.ListServices(ctx, &servicediscovery.ListServicesInput{MaxResults: ptr(int32(10)), Filters: []types.ServiceFilter{
					{Name: types.ServiceFilterNameNamespaceId, Values: []string{ns}, Condition: types.FilterConditionEq},
				}})
				return err
			}},
			{"TaskInterface", func() error { c.TaskInterface(c.taskOrder[0].ip); return nil }},
		}
		for _, one := range calls {
			b.Run(fmt.Sprintf("%s/services=%d", one.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := one.call(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
