package convert

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/internal/inventory"
)

// balance binds the pods to the target groups that the tasks are in, beside them.
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/targetgroupbinding/targetgroupbinding/
func (c *conversion) balance() {
	for _, n := range c.of("loadBalancers").Items() {
		if old := n.Field("loadBalancerName"); old.Set() {
			old.Unsupported("a Classic Load Balancer has no target group that pods could be in: give it a successor first, or let a Service of type LoadBalancer make one")
			n.Rest().Unsupported("its load balancer is a Classic one")
			continue
		}
		arn := n.Field("targetGroupArn")
		if arn.Text() == "" {
			n.Unsupported("it names no target group")
			continue
		}
		number, _ := n.Field("containerPort").Int()
		p, ok := c.portOf(n.Field("containerName").Text(), number)
		if !ok {
			n.Unsupported("it says no port that pods could be reached at")
			continue
		}
		if c.bind(arn, arn.Text(), p) {
			n.Field("containerName").Mapped("TargetGroupBinding spec.serviceRef")
			n.Field("containerPort").Mapped("TargetGroupBinding spec.serviceRef.port")
		} else {
			n.Field("containerName").Awaits(arn)
			n.Field("containerPort").Awaits(arn)
		}
		a := n.Field("advancedConfiguration")
		if other := a.Field("alternateTargetGroupArn"); other.Set() {
			c.bind(other, other.Text(), p)
		}
		a.Rest().Dropped("the listener's rules stay as they are: the pods are in both target groups")
	}
	c.grace()
}

// bind makes a TargetGroupBinding; false while a person has to decide.
func (c *conversion) bind(n ledger.Node, arn string, p mapping) bool {
	g, known := c.targetGroup(arn)
	kind := g.Type
	if !known {
		kind = "ip"
		if mode := c.task.Field("networkMode").Text(); mode != "" && mode != "awsvpc" {
			kind = "instance"
		}
	}
	node := false
	if kind != "ip" {
		switch n.Decide("", "Targets of this group are instances, pods have addresses of their own. What becomes of it?",
			ledger.Answer{Word: "node-port", Then: "the nodes are put into it, with a Service of type NodePort; they must be in its VPC, and one more hop lies between"},
			ledger.Answer{Word: "new-group", Then: "you make a target group of type ip and let the listener lead to both; tranship makes no binding"}) {
		case "node-port":
			node = true
		case "new-group":
			n.Approximated("", "decided: a new target group, bound by you")
			return true
		default:
			return false
		}
	}
	l := c.leadFor(p, node)
	spec := map[string]any{
		"serviceRef":     map[string]any{"name": l.Name, "port": int64(p.number)},
		"targetGroupARN": arn, "targetType": "ip",
		// Otherwise the controller takes out whatever it does not know: the tasks.
		"multiClusterTargetGroup": true,
	}
	if node {
		spec["targetType"] = "instance"
	}
	if g.VPC != "" {
		spec["vpcID"] = g.VPC
	}
	o := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	o.SetAPIVersion("elbv2.k8s.aws/v1beta1")
	o.SetKind("TargetGroupBinding")
	o.SetName(c.name)
	if c.bound++; c.bound > 1 {
		o.SetName(labelOf(c.name+"-"+plain(groupName(arn)), longest))
	}
	notes := []Note{{"spec.multiClusterTargetGroup", "Leave it true: without it the controller takes the ECS tasks out of the group."}}
	if !node {
		notes = append(notes, Note{"spec.targetType", "Label the namespace elbv2.k8s.aws/pod-readiness-gate-inject=enabled, so that a rollout waits until the load balancer sees the new pods."})
	}
	c.add(o, notes...)
	n.Mapped("TargetGroupBinding spec.targetGroupARN")
	return true
}

// leadFor is a Service that leads to the port at its own number: the headless one of the
// name if that leads nowhere else, since with two ports no pod would have one in Cloud Map.
func (c *conversion) leadFor(p mapping, node bool) *lead {
	l := c.leadOf(c.name)
	headless := l.Spec.ClusterIP == corev1.ClusterIPNone
	if headless && !node && len(l.Spec.Ports) == 1 && l.Spec.Ports[0].TargetPort.IntVal == p.number && l.Spec.Ports[0].Protocol == p.protocol {
		return l
	}
	if headless || !l.listen(p, p.number) {
		l = c.leadOf(c.spare(labelOf(c.name+"-targets", longest)))
		l.listen(p, p.number)
	}
	if node {
		l.Spec.Type = corev1.ServiceTypeNodePort
	}
	return l
}

func (c *conversion) targetGroup(arn string) (inventory.TargetGroup, bool) {
	for _, g := range c.in.TargetGroups {
		if g.ARN == arn {
			return g, true
		}
	}
	return inventory.TargetGroup{}, false
}

// groupName is the name in a target group's ARN, …:targetgroup/NAME/ID.
func groupName(arn string) string {
	_, rest, _ := strings.Cut(arn, "targetgroup/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// grace settles for how long ECS ignores health checks after a start. Here those of a load
// balancer never restart a pod; those of containers must not begin to count earlier.
func (c *conversion) grace() {
	n := c.service.Field("healthCheckGracePeriodSeconds")
	seconds, _ := n.Int()
	probed := false
	for _, k := range c.containers {
		p := k.StartupProbe
		if p == nil {
			continue
		}
		probed = true
		period := int64(max(p.PeriodSeconds, 1))
		if need := (min(seconds, 1<<30) + period - 1) / period; need > int64(p.FailureThreshold) {
			p.FailureThreshold = int32(need)
		}
	}
	if probed {
		n.Mapped("spec.template.spec.containers[].startupProbe.failureThreshold", "a load balancer's check restarts no pod, neither within this time nor after it")
		return
	}
	n.Dropped("a load balancer's health check never restarts a pod, so there is nothing to wait with")
}
