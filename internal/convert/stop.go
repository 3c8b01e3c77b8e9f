package convert

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

const (
	// stopDefault is how long ECS waits between SIGTERM and SIGKILL.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
	stopDefault = 30
	// behindBalancer is how long a load balancer may send requests to a target that is
	// taken out. ECS sends SIGTERM only after that.
	behindBalancer = 30
	// spotNotice is how long before the end a Spot node is told.
	// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
	spotNotice = 120
)

// stop leaves a pod that is going the time it had on ECS: first until nobody is led to
// it any more, then to finish. Kubernetes counts both as one.
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
func (c *conversion) stop() {
	wait := c.drainSeconds()
	longest, after := int64(0), int64(0) // sidecars end one after the other, after the rest
	for _, k := range c.running() {
		if k.sidecar {
			after += k.stopSeconds()
			continue
		}
		longest = max(longest, k.stopSeconds())
		if wait > 0 {
			k.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: wait}}}
			k.note("lifecycle.preStop", fmt.Sprintf("for %d s callers may still be led here: by a DNS answer, or by a load balancer", wait))
		}
	}
	grace := wait + longest + after
	c.pod.Spec.TerminationGracePeriodSeconds = &grace
	to := "Pod spec.terminationGracePeriodSeconds"
	for _, k := range c.containers {
		switch n := k.ecs.Field("stopTimeout"); {
		case k.sidecar || !k.init && k.stopSeconds() == longest:
			n.Mapped(to)
		default:
			n.Approximated(to, fmt.Sprintf("the pod has one time for all: %d s once nobody is led to it", longest))
		}
	}
	if grace > spotNotice {
		c.note(specOf+".terminationGracePeriodSeconds", fmt.Sprintf("a Spot node is told %d s before its end, and tools that drain nodes have bounds, too: keep these pods off Spot, or shorten the record's TTL", spotNotice))
	}
}

// stopSeconds is how long a container may take to stop.
func (k *container) stopSeconds() int64 {
	n, ok := k.ecs.Field("stopTimeout").Int()
	if !ok || n < 0 {
		return stopDefault
	}
	return min(n, 24*60*60)
}

// drainSeconds is how long callers may be led to a pod that was taken out: the time that
// an answer of the DNS is kept for and Route 53 needs to know, or that a load balancer
// needs. 0 where nobody is led to it.
func (c *conversion) drainSeconds() int64 {
	wait := int64(0)
	if c.service.Field("loadBalancers").Set() || len(c.in.Service.TargetGroups) > 0 {
		wait = behindBalancer
	}
	if len(c.in.Service.Registries) == 0 {
		return wait
	}
	ttl := int64(-1)
	for _, r := range c.in.Service.Registries {
		if len(r.RecordTypes) > 0 {
			ttl = max(ttl, r.TTL)
		}
	}
	for _, n := range c.in.Names {
		for _, r := range n.Settings.Records {
			ttl = max(ttl, r.TTL)
		}
	}
	if ttl < 0 {
		ttl = 60
		c.note(specOf+".terminationGracePeriodSeconds", "the TTL of the name's records is not known: 60 s are taken")
	}
	return max(wait, min(ttl, 24*60*60)+int64(c.opts.Propagation.Seconds()))
}
