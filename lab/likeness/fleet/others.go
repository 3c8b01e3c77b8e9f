package fleet

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// others are in no name: nobody calls them.
func others() []shape {
	return []shape{
		{title: "a worker that takes from a queue", nameless: true, role: true, define: func(d definition) {
			d.app().PortMappings, d.app().StopTimeout = nil, p(int32(120))
			d.app().Command = []string{"worker", "--queue", "orders"}
		}},
		{title: "the one that is alone", nameless: true, define: func(d definition) {
			d.app().PortMappings = nil
		}, create: func(in *ecs.CreateServiceInput) {
			in.DesiredCount = p(int32(1))
			in.DeploymentConfiguration = &types.DeploymentConfiguration{MinimumHealthyPercent: p(int32(0)), MaximumPercent: p(int32(100))}
			in.AvailabilityZoneRebalancing = types.AvailabilityZoneRebalancingDisabled
		}},
	}
}
