package node

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// unanswered says which probe of a pod nobody would ever answer, "" for none: it asks
// over the network, at a port at which no container listens. What a command in the
// container would say, nobody knows here; it is taken to be content.
func unanswered(pod *corev1.Pod, none uint16) string {
	open := ports(pod, none)
	for _, c := range along(pod) {
		for _, p := range []struct {
			what  string
			probe *corev1.Probe
		}{{"startup", c.StartupProbe}, {"liveness", c.LivenessProbe}, {"readiness", c.ReadinessProbe}} {
			at, ok := asked(c, p.probe)
			if !ok {
				continue
			}
			if at < 1 || !slices.Contains(open, uint16(at)) { //nolint:gosec // the API server takes none above 65535
				return fmt.Sprintf("the %s probe of container %s asks at a port at which nobody listens", p.what, c.Name)
			}
		}
	}
	return ""
}

// asked is the port that a probe asks at, 0 for a name that no port has; false: it
// asks at none.
func asked(c corev1.Container, p *corev1.Probe) (int32, bool) {
	if p == nil {
		return 0, false
	}
	var at intstr.IntOrString
	switch {
	case p.HTTPGet != nil:
		at = p.HTTPGet.Port
	case p.TCPSocket != nil:
		at = p.TCPSocket.Port
	case p.GRPC != nil:
		return p.GRPC.Port, true
	default:
		return 0, false
	}
	if at.Type == intstr.Int {
		return at.IntVal, true
	}
	for _, o := range c.Ports {
		if o.Name == at.StrVal {
			return o.ContainerPort, true
		}
	}
	return 0, true
}
