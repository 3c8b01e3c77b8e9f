package cloud

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// checkStrategy holds what goes with REPLICA and what with DAEMON.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
func checkStrategy(in *ecs.CreateServiceInput) error {
	switch in.SchedulingStrategy {
	case types.SchedulingStrategyDaemon:
		switch {
		case in.LaunchType == types.LaunchTypeFargate || in.LaunchType == "":
			return wrong("The daemon scheduling strategy is not supported by the launch type FARGATE.")
		case in.DesiredCount != nil:
			return wrong("The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.")
		}
		if d := in.DeploymentConfiguration; d != nil && val(d.MaximumPercent) > 100 {
			return wrong("The daemon scheduling strategy does not support values above 100 for maximumPercent.")
		}
	case types.SchedulingStrategyReplica, "":
		switch {
		case in.DesiredCount == nil:
			return wrong("desiredCount must be given for the scheduling strategy REPLICA.")
		case *in.DesiredCount < 0:
			return wrong("desiredCount can't be negative.")
		}
	default:
		return wrong("Unknown scheduling strategy: " + string(in.SchedulingStrategy))
	}
	return nil
}

// checkNetwork holds that tasks with an interface of their own know their
// subnets, and that those exist.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html
func (c *Cloud) checkNetwork(n *types.NetworkConfiguration, def *taskDefinition) error {
	given := n != nil && n.AwsvpcConfiguration != nil
	switch awsvpc := def.def.NetworkMode == types.NetworkModeAwsvpc; {
	case awsvpc && !given:
		return wrong("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
	case !awsvpc && given:
		return wrong("Network Configuration is not valid for the given networkMode of this task definition.")
	case !given:
		return nil
	}
	if len(n.AwsvpcConfiguration.Subnets) == 0 {
		return wrong("subnets can not be empty.")
	}
	for _, s := range n.AwsvpcConfiguration.Subnets {
		if !slices.ContainsFunc(c.zones, func(p pool) bool { return p.zone.Subnet == s }) {
			return wrong("Error retrieving subnet information for [" + s + "]: The subnet ID '" + s + "' does not exist (ErrorCode: InvalidSubnetID.NotFound)")
		}
	}
	return nil
}

// checkRebalancing holds that a service that moves tasks may have one more for that.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
func (svc *ecsService) checkRebalancing(maxPercent int, r types.AvailabilityZoneRebalancing) error {
	if r != types.AvailabilityZoneRebalancingEnabled {
		return nil
	}
	switch {
	case svc.daemon():
		return wrong("Availability Zone rebalancing does not support the daemon scheduling strategy.")
	case maxPercent <= 100:
		return wrong("Availability Zone rebalancing needs a maximumPercent above 100.")
	}
	return nil
}
