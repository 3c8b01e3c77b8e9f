package convert

import (
	"encoding/json"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// groupCheck is the health check of a target group.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroup.html
type groupCheck struct {
	HealthCheckProtocol, HealthCheckPath, HealthCheckPort string
	HealthCheckIntervalSeconds, HealthCheckTimeoutSeconds int64
	UnhealthyThresholdCount                               int64
	Matcher                                               struct{ HttpCode, GrpcCode string }
	ProtocolVersion                                       string
}

// balancerCheck makes a probe of a load balancer's check, where the container has none of
// its own.
func (c *conversion) balancerCheck(k *container) {
	for _, n := range c.service.Field("loadBalancers").Items() {
		port, _ := n.Field("containerPort").Int()
		var check groupCheck
		for _, g := range c.in.TargetGroups {
			if g.ARN == n.Field("targetGroupArn").Text() && json.Unmarshal(g.Document, &check) != nil {
				check = groupCheck{} // what can't be read says nothing
			}
		}
		if check.HealthCheckProtocol == "" || c.called(n.Field("containerName").Text()) != k {
			continue
		}
		if p, err := strconv.ParseInt(check.HealthCheckPort, 10, 32); err == nil {
			port = p
		}
		if port < 1 || port > 65535 {
			continue
		}
		k.readyBy(check, int32(port))
		return
	}
}

// readyBy takes a pod out while the check fails, and no more: on ECS a task that its load
// balancer finds unhealthy is replaced, which a probe of its own should decide.
func (k *container) readyBy(check groupCheck, port int32) {
	within := func(n, otherwise int64) int32 {
		if n < 1 {
			n = otherwise
		}
		return int32(min(n, 3600))
	}
	p := &corev1.Probe{
		PeriodSeconds:    min(within(check.HealthCheckIntervalSeconds, 30), 10), // a new pod is not kept waiting for a slow check
		TimeoutSeconds:   within(check.HealthCheckTimeoutSeconds, 5),
		FailureThreshold: within(check.UnhealthyThresholdCount, 2),
	}
	if check.asked() {
		p.HTTPGet = &corev1.HTTPGetAction{
			Path: check.HealthCheckPath, Port: intstr.FromInt32(port), Scheme: corev1.URIScheme(check.HealthCheckProtocol),
		}
	} else {
		p.TCPSocket = &corev1.TCPSocketAction{Port: intstr.FromInt32(port)}
	}
	k.ReadinessProbe = p
	k.note("readinessProbe", "the target group's health check. ECS replaces a task that fails it; here a pod that fails is only left alone until it is well: add a livenessProbe if it can hang")
}

// asked says that an answer which the load balancer takes as healthy is one that a
// kubelet takes, too: any below 400. Else the port alone is looked at.
func (g groupCheck) asked() bool {
	if g.HealthCheckProtocol != "HTTP" && g.HealthCheckProtocol != "HTTPS" || g.ProtocolVersion == "GRPC" {
		return false
	}
	if !strings.HasPrefix(g.HealthCheckPath, "/") {
		return false
	}
	for part := range strings.SplitSeq(g.Matcher.HttpCode, ",") {
		if first, _, _ := strings.Cut(strings.TrimSpace(part), "-"); first != "" && first < "200" || first >= "400" {
			return false
		}
	}
	return true
}
