package convert

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// probe makes probes of the health checks. Kubernetes does not read the one that an
// image may have, and neither does ECS.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
func (c *conversion) probe() {
	for _, k := range c.containers {
		if h := k.ecs.Field("healthCheck"); h.Set() {
			c.check(k, h)
		}
		if !k.init && k.ReadinessProbe == nil && k == c.main() {
			c.balancerCheck(k)
		}
		if !k.init && k.ReadinessProbe == nil && k == c.main() {
			c.listening(k)
		}
		k.startWithin()
	}
}

// check makes the probes of a container's health check. On ECS the check's first run is
// one interval after the start, and failures in the start period don't count.
func (c *conversion) check(k *container, h ledger.Node) {
	command, ok := checkCommand(h.Field("command").Texts(), c.windows)
	switch {
	case k.init:
		h.Dropped("it runs to its end, and nobody asks for its health")
		return
	case len(command) == 0 && ok:
		h.Dropped("it switches checks off, and without a probe there are none")
		return
	case !ok:
		h.Unsupported("the command begins neither with CMD nor with CMD-SHELL: Docker takes no such check")
		return
	case !k.essential() && !k.awaited:
		h.Dropped("ECS only shows the health of a container that isn't essential, and does nothing by it")
		return
	}
	interval, retries := seconds(h, "interval", 30), seconds(h, "retries", 3)
	grace := seconds(h, "startPeriod", 0)
	probe := func(failures, delay int32) *corev1.Probe {
		return &corev1.Probe{
			ProbeHandler:  corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: escaped(command)}},
			PeriodSeconds: interval, TimeoutSeconds: seconds(h, "timeout", 5),
			FailureThreshold: failures, InitialDelaySeconds: delay,
		}
	}
	to := k.to("livenessProbe") + ", readinessProbe"
	startup := grace > 0 || k.awaited
	if k.sidecar && !k.awaited {
		startup = false // others would wait for its health, and it may wait for theirs
	}
	if startup {
		k.StartupProbe = probe((grace+interval-1)/interval+retries+1, 0)
	}
	if k.essential() {
		k.ReadinessProbe = probe(retries, 0)
		k.LivenessProbe = probe(retries, 0)
		if !startup {
			k.LivenessProbe.InitialDelaySeconds = max(interval, grace)
		}
	} else {
		to = k.to("startupProbe")
	}
	h.Field("startPeriod").Mapped(k.to("startupProbe"))
	h.Rest().Mapped(to)
}

// checkCommand is what a health check runs; nothing for one that switches checks off.
func checkCommand(words []string, windows bool) ([]string, bool) {
	if len(words) == 0 {
		return nil, false
	}
	switch rest := words[1:]; {
	case words[0] == "NONE":
		return nil, true
	case words[0] == "CMD" && len(rest) > 0:
		return rest, true
	case words[0] == "CMD-SHELL" && len(rest) > 0 && windows:
		return []string{"cmd", "/S", "/C", rest[0]}, true
	case words[0] == "CMD-SHELL" && len(rest) > 0:
		return []string{"/bin/sh", "-c", rest[0]}, true
	}
	return nil, false
}

// seconds reads a number of a health check, no less than 1 where the default isn't 0.
func seconds(h ledger.Node, field string, otherwise int32) int32 {
	n, ok := h.Field(field).Int()
	if !ok || n < 0 || n == 0 && otherwise > 0 {
		return otherwise
	}
	return int32(min(n, 3600))
}

// listening holds a pod back until its port takes connections: it comes into its name
// when it is ready, and would be asked before it listens.
func (c *conversion) listening(k *container) {
	led := c.service.Field("serviceRegistries").Set() || c.service.Field("loadBalancers").Set() ||
		c.service.At("serviceConnectConfiguration.services").Set() || len(c.in.Service.Registries) > 0
	for _, p := range k.Ports {
		if led && p.Protocol == corev1.ProtocolTCP {
			k.ReadinessProbe = &corev1.Probe{
				ProbeHandler:  corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(p.ContainerPort)}},
				PeriodSeconds: 5, TimeoutSeconds: 2, FailureThreshold: 3,
			}
			k.note("readinessProbe", "ECS has no health check of it; with this the pod is asked once it listens, not before. A check that says more is better")
			return
		}
	}
}
