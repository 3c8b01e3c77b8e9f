package convert

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// percents are how far ECS lets a deployment take the number of tasks up and down.
// Where nothing is said: 200 and 100, for one on each instance 100 and 0.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
func (c *conversion) percents() (most, least int64) {
	most, least = 200, 100
	if c.daemon {
		most, least = 100, 0
	}
	if n, ok := c.service.At("deploymentConfiguration.maximumPercent").Int(); ok {
		most = n
	}
	if n, ok := c.service.At("deploymentConfiguration.minimumHealthyPercent").Int(); ok {
		least = n
	}
	return min(max(most, 0), 1000), min(max(least, 0), 100)
}

// singleton says that two tasks never run at once: one is wanted, and a deployment may not
// add another.
func (c *conversion) singleton() bool {
	most, least := c.percents()
	return !c.daemon && !c.scaled && c.desired() == 1 && (most <= 100 || most < 200 && least == 0)
}

// rollOut says how a new version replaces the old one.
func (c *conversion) rollOut() {
	up, down := c.service.At("deploymentConfiguration.maximumPercent"), c.service.At("deploymentConfiguration.minimumHealthyPercent")
	if c.daemon {
		c.rollOutDaemon()
		return
	}
	most, least := c.percents()
	if c.singleton() {
		c.deployment.Strategy = appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}
		c.note("spec.strategy", "One at a time, as on ECS: the old pod has stopped before the new one starts.")
		up.Mapped("Deployment spec.strategy")
		down.Mapped("Deployment spec.strategy")
		return
	}
	const surge, unavailable = "Deployment spec.strategy.rollingUpdate.maxSurge", "Deployment spec.strategy.rollingUpdate.maxUnavailable"
	over, want := max(most-100, 0), c.desired()
	add, take := percent(over), percent(100-least)
	switch {
	case over == 0 && least == 100, !c.scaled && want > 0 && want*over/100 == 0 && want*(100-least)/100 == 0:
		add = intstr.FromInt32(1)
		up.Approximated(surge, "with this count and these percentages ECS can't deploy at all; here one pod more may run")
	case c.scaled && over%100 != 0:
		up.Approximated(surge, "ECS rounds down how many more there may be, Kubernetes up: at most one pod more")
	case !c.scaled && want*over%100 != 0:
		add = intstr.FromInt32(int32(want * over / 100))
		up.Mapped(surge, fmt.Sprintf("as a number, %s: a percentage Kubernetes would round up", add.String()))
	default:
		up.Mapped(surge)
	}
	c.deployment.Strategy = appsv1.DeploymentStrategy{
		Type:          appsv1.RollingUpdateDeploymentStrategyType,
		RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: &add, MaxUnavailable: &take},
	}
	// Both round so that more stay: ECS up what stays, Kubernetes down what goes.
	down.Mapped(unavailable)
}

func percent(n int64) intstr.IntOrString { return intstr.FromString(fmt.Sprintf("%d%%", n)) }

// rollOutDaemon is rollOut for a DaemonSet, which can either add first or take first.
// https://kubernetes.io/docs/reference/kubernetes-api/apps/daemon-set-v1/
func (c *conversion) rollOutDaemon() {
	up, down := c.service.At("deploymentConfiguration.maximumPercent"), c.service.At("deploymentConfiguration.minimumHealthyPercent")
	most, least := c.percents()
	add, take := percent(0), percent(100-least)
	const to = "DaemonSet spec.updateStrategy.rollingUpdate"
	switch {
	case least < 100:
		up.Mapped(to+".maxSurge", "none, since some may be missing")
		if least == 0 {
			down.Mapped(to + ".maxUnavailable")
		} else {
			down.Approximated(to+".maxUnavailable", "ECS rounds down how many may be missing, a DaemonSet up: at most one more")
		}
	case most > 100:
		add, take = percent(min(most-100, 100)), percent(0)
		up.Mapped(to + ".maxSurge")
		down.Mapped(to + ".maxUnavailable")
	default:
		take = intstr.FromInt32(1)
		up.Mapped(to + ".maxSurge")
		down.Approximated(to+".maxUnavailable", "with these percentages ECS can't deploy at all; on one node it may be missing")
	}
	c.daemonSet.UpdateStrategy = appsv1.DaemonSetUpdateStrategy{
		Type:          appsv1.RollingUpdateDaemonSetStrategyType,
		RollingUpdate: &appsv1.RollingUpdateDaemonSet{MaxSurge: &add, MaxUnavailable: &take},
	}
}
