package kubepod

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/lab/sees"
)

// World is a pod, and the objects that a kubelet looks up when it starts one. A
// function that is nil finds nothing.
type World struct {
	Pod *corev1.Pod
	// ConfigMap, Secret and Volume look in the pod's namespace; nil: there is none.
	// Volume is what a claim is bound to.
	ConfigMap func(name string) (*corev1.ConfigMap, error)
	Secret    func(name string) (*corev1.Secret, error)
	Volume    func(claim string) (*corev1.PersistentVolume, error)
	// Services are those of the pod's namespace, and default/kubernetes.
	Services []corev1.Service
	// Account is the pod's service account; nil: one that says nothing.
	Account *corev1.ServiceAccount
	// Identity is what the webhooks of EKS add for the account, by name.
	Identity map[string]string
}

// ErrMissing says that the pod refers to what is not there: a kubelet waits for it.
var ErrMissing = errors.New("is not there")

// Report is what the containers of the pod see. Errors: ErrMissing, and what the
// World's functions return.
func (w World) Report() (sees.Report, error) {
	p := w.Pod.Spec
	r := sees.Report{Platform: "eks", Whole: w.whole()}
	after := map[string]sees.Condition{}
	for _, c := range p.InitContainers {
		one, err := w.container(c)
		if err != nil {
			return sees.Report{}, fmt.Errorf("container %s: %w", c.Name, err)
		}
		one.After = copyOf(after)
		after[c.Name] = sees.Succeeded
		if !sidecar(c) {
			one.Stage = sees.First
		} else if after[c.Name] = sees.Started; c.StartupProbe != nil {
			after[c.Name] = sees.Healthy
		}
		r.Containers = append(r.Containers, one)
		r.Whole.GPUs += one.GPUs
	}
	for _, c := range p.Containers {
		one, err := w.container(c)
		if err != nil {
			return sees.Report{}, fmt.Errorf("container %s: %w", c.Name, err)
		}
		one.After = copyOf(after)
		r.Containers = append(r.Containers, one)
		r.Whole.GPUs += one.GPUs
	}
	r.Settle()
	return r, nil
}

func copyOf(m map[string]sees.Condition) map[string]sees.Condition {
	if len(m) == 0 {
		return nil
	}
	out := map[string]sees.Condition{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// sidecar is an init container that runs along.
// https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
func sidecar(c corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

func (w World) whole() sees.Whole {
	p := w.Pod.Spec
	out := sees.Whole{
		Architecture: "any", OS: "linux", Processes: "own", IPC: "together", Network: "own",
		Hostname: p.Hostname, Resolver: "cluster", Identity: w.identity(),
	}
	for _, key := range []string{corev1.LabelArchStable, "beta.kubernetes.io/arch"} {
		if a := w.required(key); len(a) == 1 {
			out.Architecture = a[0]
		}
	}
	if o := w.required(corev1.LabelOSStable); len(o) == 1 {
		out.OS = o[0]
	}
	if p.OS != nil {
		out.OS = string(p.OS.Name)
	}
	if len(p.InitContainers)+len(p.Containers) == 1 {
		out.IPC, out.Processes = alone, alone
	}
	switch {
	case p.HostPID:
		out.Processes = "host's"
	case p.ShareProcessNamespace != nil && *p.ShareProcessNamespace && out.Processes != alone:
		out.Processes = "together"
	}
	if p.HostIPC {
		out.IPC = "host's"
	}
	if p.HostNetwork {
		out.Network = "host's"
	}
	switch p.DNSPolicy {
	case corev1.DNSDefault:
		out.Resolver = "vpc"
	case corev1.DNSNone:
		out.Resolver = "own"
	case corev1.DNSClusterFirst, "":
		if p.HostNetwork {
			out.Resolver = "vpc"
		}
	case corev1.DNSClusterFirstWithHostNet:
	}
	out.CPU = sees.Amount{Least: w.sum(corev1.ResourceCPU, requests), Most: w.sum(corev1.ResourceCPU, limits)}
	out.Memory = sees.Amount{Least: w.sum(corev1.ResourceMemory, requests), Most: w.sum(corev1.ResourceMemory, limits)}
	out.Storage = w.sum(corev1.ResourceEphemeralStorage, requests)
	return out
}

// alone is one that has nobody to share with.
const alone = "alone"

// required are the values of a node's label that the pod insists on; none: any.
func (w World) required(key string) []string {
	if v, ok := w.Pod.Spec.NodeSelector[key]; ok {
		return []string{v}
	}
	a := w.Pod.Spec.Affinity
	if a == nil || a.NodeAffinity == nil || a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return nil
	}
	var out []string
	for _, t := range a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		found := false
		for _, e := range t.MatchExpressions {
			if e.Key == key && e.Operator == corev1.NodeSelectorOpIn {
				out, found = append(out, e.Values...), true
			}
		}
		if !found {
			return nil // this term lets any in
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// identity is the role that the account leads to.
func (w World) identity() string {
	if w.Account != nil && w.Account.Annotations["eks.amazonaws.com/role-arn"] != "" {
		return w.Account.Annotations["eks.amazonaws.com/role-arn"]
	}
	if a := w.Pod.Spec.ServiceAccountName; a != "" && a != "default" {
		return "service account " + a
	}
	return ""
}

// protocol is a port's in small letters.
func protocol(p corev1.Protocol) string {
	if p == "" {
		return "tcp"
	}
	return strings.ToLower(string(p))
}
