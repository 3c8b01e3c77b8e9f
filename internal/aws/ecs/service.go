package ecs

import (
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tranship/tranship/internal/cutover"
)

const inactive = "INACTIVE"

// Percentages of a service that names none.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
const (
	defaultMinPercent       = 100
	defaultMaxPercent       = 200
	defaultDaemonMinPercent = 0
	defaultDaemonMaxPercent = 100
)

// fromService takes over what DescribeServices says of the service itself.
func fromService(s *types.Service) cutover.ECSService {
	e := cutover.ECSService{
		ARN:            sdk.ToString(s.ServiceArn),
		Status:         sdk.ToString(s.Status),
		Desired:        int(s.DesiredCount),
		Running:        int(s.RunningCount),
		Pending:        int(s.PendingCount),
		Deploying:      deploying(s),
		Controller:     string(types.DeploymentControllerTypeEcs),
		Launch:         launch(s),
		MinPercent:     defaultMinPercent,
		MaxPercent:     defaultMaxPercent,
		TaskDefinition: taskDefinition(s),
		Tags:           map[string]string{},
	}
	if s.DeploymentController != nil && s.DeploymentController.Type != "" {
		e.Controller = string(s.DeploymentController.Type)
	}
	if s.SchedulingStrategy == types.SchedulingStrategyDaemon {
		e.MinPercent, e.MaxPercent = defaultDaemonMinPercent, defaultDaemonMaxPercent
	}
	if d := s.DeploymentConfiguration; d != nil {
		if d.MinimumHealthyPercent != nil {
			e.MinPercent = int(*d.MinimumHealthyPercent)
		}
		if d.MaximumPercent != nil {
			e.MaxPercent = int(*d.MaximumPercent)
		}
	}
	for _, r := range s.ServiceRegistries { // ECS allows one
		e.RegistryID = last(sdk.ToString(r.RegistryArn))
	}
	for _, t := range s.Tags {
		e.Tags[sdk.ToString(t.Key)] = sdk.ToString(t.Value)
	}
	return e
}

// deploying: more than one deployment or task set is there, or the only one has
// not come to its end. A changed desiredCount is no deployment.
func deploying(s *types.Service) bool {
	n := 0
	for _, d := range s.Deployments {
		if sdk.ToString(d.Status) == inactive {
			continue
		}
		n++
		if d.RolloutState == types.DeploymentRolloutStateInProgress {
			return true
		}
	}
	if n == 0 {
		for _, t := range s.TaskSets {
			n++
			if t.StabilityStatus == types.StabilityStatusStabilizing {
				return true
			}
		}
	}
	return n > 1
}

// launch is the launch type, or what capacity providers come down to.
func launch(s *types.Service) string {
	if s.LaunchType != "" {
		return string(s.LaunchType)
	}
	for _, p := range s.CapacityProviderStrategy {
		if strings.HasPrefix(sdk.ToString(p.CapacityProvider), "FARGATE") {
			return string(types.LaunchTypeFargate)
		}
	}
	if len(s.CapacityProviderStrategy) > 0 {
		return string(types.LaunchTypeEc2)
	}
	return ""
}

// taskDefinition is the service's, or that of the primary task set where an
// external controller deploys.
func taskDefinition(s *types.Service) string {
	if td := sdk.ToString(s.TaskDefinition); td != "" {
		return td
	}
	for _, t := range s.TaskSets {
		if sdk.ToString(t.Status) == "PRIMARY" {
			return sdk.ToString(t.TaskDefinition)
		}
	}
	return ""
}
