package kubepod

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/lab/sees"
)

// usualSharedMemory is what container runtimes give, in MiB.
// https://github.com/containerd/containerd/blob/main/docs/cri/config.md
const usualSharedMemory = 64

func (w World) container(c corev1.Container) (sees.Container, error) {
	p := w.Pod.Spec
	out := sees.Container{
		Name: c.Name, Image: c.Image, Stage: sees.Along, WorkingDir: c.WorkingDir,
		CPU: w.room(c, corev1.ResourceCPU), Memory: w.room(c, corev1.ResourceMemory),
		GPUs:         of(c.Resources, "nvidia.com/gpu", limits),
		SharedMemory: usualSharedMemory, Terminal: c.TTY, Input: c.Stdin,
		Reaped: p.ShareProcessNamespace != nil && *p.ShareProcessNamespace,
	}
	for _, x := range c.Ports {
		out.Ports = append(out.Ports, fmt.Sprintf("%d/%s", x.ContainerPort, protocol(x.Protocol)))
	}
	all, err := w.environment(c, &out)
	if err != nil {
		return out, err
	}
	find := func(name string) (string, bool) { v, ok := all[name]; return v, ok }
	out.EntryPoint, out.Arguments = expandAll(c.Command, find), expandAll(c.Args, find)
	if err := w.mounts(c, &out, find); err != nil {
		return out, err
	}
	w.security(c, &out)
	if s := p.SecurityContext; s != nil {
		for _, x := range s.Sysctls {
			put(&out.Sysctls, x.Name, x.Value)
		}
	}
	for _, h := range p.HostAliases {
		for _, name := range h.Hostnames {
			put(&out.Hosts, name, h.IP)
		}
	}
	if d := p.DNSConfig; d != nil {
		out.Servers, out.Searches = d.Nameservers, d.Searches
	}
	out.StopSeconds = w.stop(c)
	out.Health = health(c)
	return out, nil
}

// security is the container's own word, or else the pod's.
func (w World) security(c corev1.Container, out *sees.Container) {
	id := func(n *int64) string { return strconv.FormatInt(*n, 10) }
	if s := w.Pod.Spec.SecurityContext; s != nil {
		if s.RunAsUser != nil {
			out.User = id(s.RunAsUser)
		}
		if s.RunAsGroup != nil {
			out.Group = id(s.RunAsGroup)
		}
	}
	s := c.SecurityContext
	if s == nil {
		return
	}
	if s.RunAsUser != nil {
		out.User = id(s.RunAsUser)
	}
	if s.RunAsGroup != nil {
		out.Group = id(s.RunAsGroup)
	}
	out.ReadOnlyRoot = s.ReadOnlyRootFilesystem != nil && *s.ReadOnlyRootFilesystem
	out.Privileged = s.Privileged != nil && *s.Privileged
	out.NoNewPrivileges = s.AllowPrivilegeEscalation != nil && !*s.AllowPrivilegeEscalation
	if k := s.Capabilities; k != nil {
		for _, name := range k.Add {
			put(&out.Capabilities, strings.TrimPrefix(string(name), "CAP_"), "added")
		}
		for _, name := range k.Drop {
			put(&out.Capabilities, strings.TrimPrefix(string(name), "CAP_"), "dropped")
		}
	}
}

// health is the check by which the kubelet restarts a container. A check of its start
// goes before it, as long as it takes.
// https://kubernetes.io/docs/concepts/workloads/pods/probes/
func health(c corev1.Container) *sees.Health {
	live := c.LivenessProbe
	if live == nil {
		return nil
	}
	or := func(n, usual int32) int64 {
		if n == 0 {
			return int64(usual)
		}
		return int64(n)
	}
	h := &sees.Health{
		Command: command(c, live), Interval: or(live.PeriodSeconds, 10), Timeout: or(live.TimeoutSeconds, 1), Retries: or(live.FailureThreshold, 3),
	}
	// The first time is at the end of the delay.
	h.GivenUp = int64(live.InitialDelaySeconds) + h.Interval*(h.Retries-1)
	if s := c.StartupProbe; s != nil {
		h.GivenUp = int64(s.InitialDelaySeconds) + or(s.PeriodSeconds, 10)*(or(s.FailureThreshold, 3)-1)
	}
	return h
}

// command is what a check does. In that of a command, the kubelet puts in variables
// whose value the pod states.
func command(c corev1.Container, p *corev1.Probe) []string {
	stated := func(name string) (string, bool) {
		for _, e := range c.Env {
			if e.Name == name {
				return e.Value, true
			}
		}
		return "", false
	}
	switch {
	case p.Exec != nil:
		return expandAll(p.Exec.Command, stated)
	case p.HTTPGet != nil:
		return []string{"http", p.HTTPGet.Port.String(), p.HTTPGet.Path}
	case p.TCPSocket != nil:
		return []string{"tcp", p.TCPSocket.Port.String()}
	case p.GRPC != nil:
		return []string{"grpc", strconv.Itoa(int(p.GRPC.Port))}
	}
	return nil
}

// Of the grace period, in seconds.
const (
	usualGrace = 30
	// leastGrace is what is left to SIGTERM where preStop has used all of it.
	leastGrace = 2
)

// stop is from SIGTERM to SIGKILL: the grace period begins before preStop. A sidecar
// has what the others leave it; they are taken to end at once.
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow
func (w World) stop(c corev1.Container) int64 {
	grace := int64(usualGrace)
	if g := w.Pod.Spec.TerminationGracePeriodSeconds; g != nil {
		grace = *g
	}
	before := preStop(c)
	if sidecar(c) {
		for _, o := range w.Pod.Spec.Containers {
			before = max(before, preStop(o))
		}
	}
	return max(grace-before, leastGrace)
}

// preStop is how long a container's hook takes, where it says so: a sleep.
func preStop(c corev1.Container) int64 {
	if c.Lifecycle == nil || c.Lifecycle.PreStop == nil || c.Lifecycle.PreStop.Sleep == nil {
		return 0
	}
	return c.Lifecycle.PreStop.Sleep.Seconds
}

func put(m *map[string]string, k, v string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[k] = v
}
