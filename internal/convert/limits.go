package convert

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// ulimits has no counterpart: the container runtime of the nodes sets them.
func (c *conversion) ulimits(k *container) {
	for _, n := range k.ecs.Field("ulimits").Items() {
		name := n.Field("name").Text()
		n.Unsupported(fmt.Sprintf("Kubernetes has no ulimits: set %s for the container runtime of the nodes, or call ulimit where the program starts", name))
		k.note("", fmt.Sprintf("ECS sets the ulimit %s to %s, at most %s; here it is what the nodes' container runtime is set to",
			name, n.Field("softLimit").Text(), n.Field("hardLimit").Text()))
	}
}

// safe are the kernel's parameters that a kubelet lets any pod set.
// https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls
var safe = []string{
	"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
	"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time",
	"net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem",
}

// parameter is what an API server takes as a name.
var parameter = regexp.MustCompile(`^([a-z0-9]([-_a-z0-9]*[a-z0-9])?\.)*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`)

// sysctls sets the kernel's parameters, for the whole pod.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_SystemControl.html
func (c *conversion) sysctls(k *container) {
	for _, n := range k.ecs.Field("systemControls").Items() {
		name := strings.ReplaceAll(n.Field("namespace").Text(), "/", ".")
		value := n.Field("value").Text()
		switch {
		case !parameter.MatchString(name) || len(name) > 253:
			n.Unsupported("no parameter of the kernel that Kubernetes takes")
		case c.pod.Spec.HostNetwork && strings.HasPrefix(name, "net."), c.pod.Spec.HostIPC && !strings.HasPrefix(name, "net."):
			n.Unsupported("the pod shares this with its node, and may not set it there")
		case !slices.Contains(safe, name) && !c.unsafe(n, name):
		case !c.sysctl(name, value):
			n.Unsupported("another container sets it otherwise, and a pod has it once")
		default:
			n.Mapped("Pod spec.securityContext.sysctls")
		}
	}
}

// unsafe asks about a parameter that nodes refuse unless they are told not to.
func (c *conversion) unsafe(n ledger.Node, name string) bool {
	switch n.Decide("", fmt.Sprintf("A node refuses a pod that sets %s, unless its kubelet allows it. Shall the pod set it?", name),
		ledger.Answer{Word: "set", Then: "it does, and you start the kubelets with --allowed-unsafe-sysctls=" + name},
		ledger.Answer{Word: "leave-out", Then: "it does not: the node's value counts"}) {
	case "set":
		return true
	case "leave-out":
		n.Approximated("Pod", "decided: the node's value counts")
	}
	return false
}

func (c *conversion) sysctl(name, value string) bool {
	if c.pod.Spec.SecurityContext == nil {
		c.pod.Spec.SecurityContext = &corev1.PodSecurityContext{}
	}
	list := &c.pod.Spec.SecurityContext.Sysctls
	for _, s := range *list {
		if s.Name == name {
			return s.Value == value
		}
	}
	*list = append(*list, corev1.Sysctl{Name: name, Value: value})
	return true
}
