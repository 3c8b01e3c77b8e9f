package cloud

import (
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
)

// What a call costs must not grow with how many services there are.
func BenchmarkCloudMapReads(b *testing.B) {
	for _, n := range []int{10, 1000} {
		c := New(Config{VPC: VPC{Zones: make([]Zone, 10)}})
		f := Fleet{Namespace: "shop.internal"}
		for i := range n {
			f.Services = append(f.Services, FleetService{Name: "s" + strconv.Itoa(i), Tasks: 2})
		}
		if err := c.SeedFleet(f); err != nil {
			b.Fatal(err)
		}
		m, id := c.CloudMap(), c.serviceOrder[0].id
		services := &servicediscovery.ListServicesInput{MaxResults: ptr(int32(10))}
		page, err := m.ListServices(b.Context(), services)
		if err != nil {
			b.Fatal(err)
		}
		services.NextToken = page.NextToken
		for _, r := range []struct {
			name string
			call func() error
		}{
			{"ListServices", func() error { _, err := m.ListServices(b.Context(), services); return err }},
			{"ListInstances", func() error {
				_, err := m.ListInstances(b.Context(), &servicediscovery.ListInstancesInput{ServiceId: &id})
				return err
			}},
			{"GetService", func() error {
				_, err := m.GetService(b.Context(), &servicediscovery.GetServiceInput{Id: &id})
				return err
			}},
			{"DiscoverInstances", func() error {
				_, err := m.DiscoverInstances(b.Context(), &servicediscovery.DiscoverInstancesInput{NamespaceName: ptr("shop.internal"), ServiceName: ptr("s5")})
				return err
			}},
		} {
			b.Run(r.name+"/services="+strconv.Itoa(n), func(b *testing.B) {
				for b.Loop() {
					if err := r.call(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
