package cloud

import (
	"fmt"
	"time"
)

// Timing is how long AWS takes. Every Max is a bound that the model keeps, so
// the lab may declare it to the product.
type Timing struct {
	Name string // says which profile a report was made under

	// Operation is from a request to SUCCESS of REGISTER_INSTANCE,
	// DEREGISTER_INSTANCE and UPDATE_SERVICE.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/create-service-discovery.html
	OperationMin, OperationMax time.Duration
	// Namespace is the same for operations on namespaces.
	NamespaceMin, NamespaceMax time.Duration
	// Propagation is from SUCCESS until one authoritative server answers by it;
	// most changes take a few seconds, a few almost PropagationMax.
	// https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html
	PropagationMin, PropagationMax time.Duration
	// Discover is from SUCCESS until DiscoverInstances follows.
	DiscoverMin, DiscoverMax time.Duration
	// HealthFlip is from UpdateInstanceCustomHealthStatus to the change.
	// https://docs.aws.amazon.com/cloud-map/latest/api/API_HealthCheckCustomConfig.html
	HealthFlip time.Duration
	// HealthVisible is from a registration until GetInstancesHealthStatus has it.
	HealthVisible time.Duration

	// Scheduler is how long the ECS scheduler takes to look again.
	SchedulerMin, SchedulerMax time.Duration
	// Start is from PROVISIONING to RUNNING, unless registration takes longer.
	StartMin, StartMax time.Duration
	// Signal is from the deregistration of a task to its SIGTERM.
	SignalMin, SignalMax time.Duration
	// StopTimeout is from SIGTERM to SIGKILL where a container names none.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
	StopTimeout time.Duration
	// Deprovision is from the end of the container to STOPPED.
	DeprovisionMin, DeprovisionMax time.Duration
	// Settle is how long a task without a health check runs until it counts as healthy.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
	Settle time.Duration
	// ContainerCheck is from RUNNING to the first good container health check.
	ContainerCheck time.Duration
	// BackOff is how long the scheduler waits for the next task after the third in a
	// row that did not come to RUNNING; it doubles, up to BackOffMax.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
	BackOff, BackOffMax time.Duration
	// Rebalance is from a steady state until the scheduler compares the zones.
	Rebalance time.Duration
	// Loss is from the end of an availability zone until ECS takes its tasks for gone.
	LossMin, LossMax time.Duration
	// Metric is between two looks at the alarms of Application Auto Scaling.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html
	Metric time.Duration
	// ScalingCooldown is between two scaling activities of one direction, where a policy names none.
	// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
	ScalingCooldown time.Duration
	// CoolDown is how long an address stays unused after its task has stopped.
	CoolDown time.Duration
	// FlowAggregation is the time that one record of a flow log covers, and
	// FlowToLogs and FlowToS3 how much later it can be read in CloudWatch Logs and
	// in S3.
	// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
	FlowAggregation, FlowToLogs, FlowToS3 time.Duration
	// QueryLog is from a query to its line in the resolver query log; S3 gets a
	// file every QueryLogToS3. AWS states neither (unconfirmed).
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html
	QueryLog, QueryLogToS3 time.Duration
	// Keep is how long stopped tasks can be described.
	Keep time.Duration
}

// TimingNamed is a profile by its name, aws or fast; it fails for any other.
func TimingNamed(name string) (Timing, error) {
	switch name {
	case "aws":
		return AWS(), nil
	case "fast":
		return Fast(), nil
	}
	return Timing{}, fmt.Errorf("timing: %q is neither fast nor aws", name)
}

// AWS is the timing that was seen of AWS, or documented by it.
func AWS() Timing {
	return Timing{
		Name:         "aws",
		OperationMin: 2 * time.Second, OperationMax: 6 * time.Second,
		NamespaceMin: 20 * time.Second, NamespaceMax: 40 * time.Second,
		PropagationMin: time.Second, PropagationMax: 60 * time.Second,
		DiscoverMin: 100 * time.Millisecond, DiscoverMax: 5 * time.Second,
		HealthFlip:    30 * time.Second,
		HealthVisible: time.Second,
		SchedulerMin:  time.Second, SchedulerMax: 3 * time.Second,
		StartMin: 20 * time.Second, StartMax: 60 * time.Second,
		SignalMin: 10 * time.Millisecond, SignalMax: time.Second,
		StopTimeout:    30 * time.Second,
		DeprovisionMin: 5 * time.Second, DeprovisionMax: 15 * time.Second,
		Settle:         40 * time.Second,
		ContainerCheck: 10 * time.Second,
		BackOff:        time.Minute, BackOffMax: 27 * time.Minute,
		Rebalance: time.Minute,
		LossMin:   20 * time.Second, LossMax: 60 * time.Second,
		Metric: time.Minute, ScalingCooldown: 5 * time.Minute,
		CoolDown:        30 * time.Second,
		FlowAggregation: time.Minute, FlowToLogs: 5 * time.Minute, FlowToS3: 10 * time.Minute,
		QueryLog: time.Minute, QueryLogToS3: 5 * time.Minute,
		Keep: time.Hour,
	}
}

// Fast is AWS ten times as fast, but for Keep.
func Fast() Timing {
	t := AWS()
	t.Name = "fast"
	for _, d := range []*time.Duration{
		&t.OperationMin, &t.OperationMax, &t.NamespaceMin, &t.NamespaceMax,
		&t.PropagationMin, &t.PropagationMax, &t.DiscoverMin, &t.DiscoverMax,
		&t.HealthFlip, &t.HealthVisible, &t.SchedulerMin, &t.SchedulerMax,
		&t.StartMin, &t.StartMax, &t.SignalMin, &t.SignalMax, &t.StopTimeout,
		&t.DeprovisionMin, &t.DeprovisionMax, &t.Settle, &t.ContainerCheck, &t.CoolDown,
		&t.BackOff, &t.BackOffMax, &t.Rebalance, &t.LossMin, &t.LossMax, &t.Metric, &t.ScalingCooldown,
		&t.FlowAggregation, &t.FlowToLogs, &t.FlowToS3, &t.QueryLog, &t.QueryLogToS3,
	} {
		*d /= 10
	}
	return t
}
