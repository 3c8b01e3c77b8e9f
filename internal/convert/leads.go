package convert

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// mapping is a port mapping of the task definition.
type mapping struct {
	n         ledger.Node
	container string // as the task definition calls it
	number    int32
	protocol  corev1.Protocol
}

// mappings are the task's port mappings, in their order. A range of ports is none: no
// Service leads to one.
func (c *conversion) mappings() []mapping {
	var out []mapping
	for _, k := range c.task.Field("containerDefinitions").Items() {
		for _, m := range k.Field("portMappings").Items() {
			n, ok := m.Field("containerPort").Int()
			if !ok || n < 1 || n > 65535 {
				continue
			}
			p := mapping{n: m, container: k.Field("name").Text(), number: int32(n), protocol: corev1.ProtocolTCP}
			if m.Field("protocol").Text() == "udp" {
				p.protocol = corev1.ProtocolUDP
			}
			out = append(out, p)
		}
	}
	return out
}

// portOf finds the mapping of a container's port; the number alone where no container
// is named. What the task definition does not map is a TCP port all the same: also ECS
// only needs it to be listened on.
func (c *conversion) portOf(container string, number int64) (mapping, bool) {
	if number < 1 || number > 65535 {
		return mapping{}, false
	}
	for _, p := range c.mappings() {
		if int64(p.number) == number && (container == "" || container == p.container) {
			return p, true
		}
	}
	return mapping{container: container, number: int32(number), protocol: corev1.ProtocolTCP}, true
}

// protocols are what ECS' application protocols are for a Service.
// https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
var protocols = map[string]string{"http": "http", "http2": "kubernetes.io/h2c", "grpc": "kubernetes.io/h2c"}

// through is a Service's port that leads to p.
func (p mapping) through(at int32) corev1.ServicePort {
	s := corev1.ServicePort{
		Name: "port-" + strconv.Itoa(int(at)), Port: at, TargetPort: intstr.FromInt32(p.number), Protocol: p.protocol,
	}
	if name := p.n.Field("name").Text(); len(validation.IsDNS1123Label(name)) == 0 {
		s.Name = name
	}
	app := p.n.Field("appProtocol")
	if a, ok := protocols[app.Text()]; ok {
		s.AppProtocol = &a
		app.Mapped("Service spec.ports[].appProtocol")
	}
	return s
}

// lead is a Service on its way, with notes for whoever reads it.
type lead struct {
	corev1.Service
	notes []Note
}

// leadOf is the Service of that name, made at need.
func (c *conversion) leadOf(name string) *lead {
	for _, l := range c.leads {
		if l.Name == name {
			return l
		}
	}
	l := &lead{}
	l.APIVersion, l.Kind, l.Name = "v1", "Service", name
	l.Spec.Selector = c.selector
	c.leads = append(c.leads, l)
	return l
}

// listen lets a Service lead to a port; false if it has another at that number, or is
// headless and would have to translate.
func (l *lead) listen(p mapping, at int32) bool {
	if l.Spec.ClusterIP == corev1.ClusterIPNone && at != p.number {
		return false
	}
	for _, had := range l.Spec.Ports {
		if had.Port == at && had.Protocol == p.protocol {
			return had.TargetPort.IntVal == p.number
		}
	}
	s := p.through(at)
	if slices.ContainsFunc(l.Spec.Ports, func(had corev1.ServicePort) bool { return had.Name == s.Name }) {
		s.Name = labelOf(s.Name+"-"+strconv.Itoa(int(at)), longest)
	}
	l.Spec.Ports = append(l.Spec.Ports, s)
	return true
}

// publish adds the Services that the steps before it asked for.
func (c *conversion) publish() {
	for _, l := range c.leads {
		c.add(&l.Service, l.notes...)
	}
	for _, p := range c.mappings() {
		p.n.Field("appProtocol").Rest().Dropped("no Service leads to the port, and nothing else asks what it speaks")
	}
}
