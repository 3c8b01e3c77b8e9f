package convert

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/internal/inventory"
)

// Annotations that tranship's registrar reads; api/v1alpha1 has them, and what they mean.
const (
	annotationHostname = "tranship.dev/hostname"
	annotationGate     = "tranship.dev/gate"
)

// register makes the headless Service whose pods tranship's registrar keeps in the Cloud
// Map name that the tasks are in. It has the service's own name, where `tranship migrate`
// looks for it.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
func (c *conversion) register() {
	for _, r := range c.of("serviceRegistries").Items() {
		arn := r.Field("registryArn")
		l := c.leadOf(c.name)
		l.Spec.ClusterIP = corev1.ClusterIPNone
		if l.Annotations == nil {
			l.Annotations = map[string]string{annotationGate: "true"}
		}
		if n, ok := c.nameOf(arn.Text()); ok {
			if had := l.Annotations[annotationHostname]; had != "" && had != n.DNSName {
				l.Annotations[annotationHostname] = had + "," + n.DNSName
			} else {
				l.Annotations[annotationHostname] = n.DNSName
			}
			arn.Mapped("Service metadata.annotations, ServiceMigration spec.source")
		} else {
			arn.Approximated("ServiceMigration spec.source", "which name it is could not be read: while the ServiceMigration exists, the pods are kept in it; before you delete that, add the annotation "+annotationHostname+" to the Service")
			l.notes = append(l.notes, Note{"metadata.annotations", "Add " + annotationHostname + " with the name that clients use: the snapshot does not have it."})
		}
		c.registerPort(l, r)
		c.crosses = true
	}
}

// registerPort lets the Service lead to the port that clients of the name use: pods must
// listen where the tasks did, since records of type A have no port.
func (c *conversion) registerPort(l *lead, r ledger.Node) {
	const to = "Service spec.ports"
	container, number, own := r.Field("containerName"), r.Field("containerPort"), r.Field("port")
	for _, f := range []ledger.Node{container, number, own} {
		f.Mapped(to)
	}
	for _, f := range []ledger.Node{number, own} {
		n, _ := f.Int()
		if p, ok := c.portOf(container.Text(), n); ok {
			l.listen(p, p.number)
			c.crossing = p.number
			return
		}
	}
	for _, p := range c.mappings() {
		l.listen(p, p.number)
	}
}

// nameOf finds a name in the snapshot.
func (c *conversion) nameOf(arn string) (inventory.Name, bool) {
	for _, n := range c.in.Names {
		if n.ARN == arn && n.DNSName != "" && !strings.ContainsAny(n.DNSName, ", ") {
			return n, true
		}
	}
	return inventory.Name{}, false
}
