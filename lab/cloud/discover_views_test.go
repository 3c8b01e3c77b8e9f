package cloud

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// At any moment, a healthy instance that DiscoverInstances names is in the view
// of that moment, and the view has no other.
func TestDiscoverViewsAreWhatIsDiscovered(t *testing.T) {
	c := New(Config{Timing: Fast(), Seed: 7})
	if err := c.SeedFleet(Fleet{Namespace: "shop.internal", Cluster: "lab", Services: []FleetService{
		{Name: "svc-001", Tasks: 2, TTL: 5 * time.Second, ContainerPort: 8080, CustomHealth: true},
	}}); err != nil {
		t.Fatal(err)
	}
	id, ok := c.ServiceID("svc-001.shop.internal")
	if !ok {
		t.Fatal("no such service")
	}
	ctx := t.Context()
	steps := map[int]func() error{
		2: func() error {
			_, err := c.CloudMap().RegisterInstance(ctx, &servicediscovery.RegisterInstanceInput{
				ServiceId: &id, InstanceId: ptr("eks-1"), Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.0.64.7"},
			})
			return err
		},
		20: func() error {
			_, err := c.CloudMap().UpdateInstanceCustomHealthStatus(ctx, &servicediscovery.UpdateInstanceCustomHealthStatusInput{
				ServiceId: &id, InstanceId: ptr("eks-1"), Status: types.CustomHealthStatusUnhealthy,
			})
			return err
		},
		60: func() error {
			_, err := c.CloudMap().DeregisterInstance(ctx, &servicediscovery.DeregisterInstanceInput{ServiceId: &id, InstanceId: ptr("eks-1")})
			return err
		},
	}
	changes := 0
	for n := range 100 {
		c.Advance(c.Now().Add(250 * time.Millisecond))
		if do := steps[n]; do != nil {
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}
		out, err := c.CloudMap().DiscoverInstances(ctx, &servicediscovery.DiscoverInstancesInput{
			NamespaceName: ptr("shop.internal"), ServiceName: ptr("svc-001"), HealthStatus: types.HealthStatusFilterHealthy,
		})
		if err != nil {
			t.Fatal(err)
		}
		views := c.DiscoverViews(id)
		changes = len(views)
		last := map[string]bool{}
		for _, a := range views[len(views)-1].Addrs {
			last[a.String()] = true
		}
		for _, i := range out.Instances {
			if a := i.Attributes["AWS_INSTANCE_IPV4"]; !last[a] {
				t.Fatalf("step %d: %s was discovered, the view is %v", n, a, last)
			}
		}
		if len(out.Instances) != len(last) {
			t.Fatalf("step %d: %d instances, the view has %d", n, len(out.Instances), len(last))
		}
	}
	if changes < 3 {
		t.Errorf("%d views: the instance did not come and go", changes)
	}
}
