package convert

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// connect makes a Service of each alias of Service Connect, by which clients in the
// cluster find the pods.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts.html
func (c *conversion) connect() {
	n := c.of("serviceConnectConfiguration")
	if !n.Field("enabled").Bool() {
		n.Dropped("Service Connect is off")
		return
	}
	services := n.Field("services").Items()
	if len(services) == 0 {
		n.Field("enabled").Mapped("Service", "it is a client alone: the cluster's DNS finds the Services of others")
	} else {
		n.Field("enabled").Approximated("Service", "connections are shared out among the pods, not requests; nothing is retried and no pod is left out for its errors; tasks that stay on ECS don't find the pods by it, so give such clients a Cloud Map name before")
	}
	n.Field("accessLogConfiguration").Unsupported("no proxy stands in front of the pods that could log requests; a mesh can")
	n.Field("namespace").Mapped("Service metadata.namespace", "in the Kubernetes namespace "+c.namespace+" clients use the alias as it is, elsewhere with ."+c.namespace+" behind it")
	for _, s := range services {
		c.connectOne(s, n.Field("namespace").Text())
	}
	n.Rest().Dropped("Service Connect's proxy, which Kubernetes does not have, writes such logs and needs such settings")
}

// connectOne settles one port that Service Connect offers.
func (c *conversion) connectOne(s ledger.Node, namespace string) {
	name := s.Field("portName")
	var to mapping
	for _, p := range c.mappings() {
		if p.n.Field("name").Text() == name.Text() {
			to = p
		}
	}
	s.Field("timeout").Unsupported("nothing stands between client and pod that could time out; a mesh or the Gateway API can")
	s.Field("tls").Unsupported("a Service does not encrypt; a mesh can")
	s.Field("ingressPortOverride").Dropped("a port of Service Connect's proxy, which clients never use themselves")
	if to.number == 0 {
		name.Unsupported("no port mapping has this name")
		s.Rest().Unsupported("no port mapping is called " + name.Text())
		return
	}
	name.Mapped("Service spec.ports[].targetPort")
	discovery := cmp.Or(s.Field("discoveryName").Text(), name.Text())
	full := discovery + "." + namespace[strings.LastIndexByte(namespace, '/')+1:]
	aliases := s.Field("clientAliases").Items()
	if len(aliases) == 0 {
		c.alias(s.Field("discoveryName"), name, full, to, to.number)
		return
	}
	for _, a := range aliases {
		at := int32(0)
		if n, ok := a.Field("port").Int(); ok && n > 0 && n < 65536 {
			at = int32(n)
		}
		a.Field("testTrafficRules").Unsupported("no requests are told apart by a header; a mesh or the Gateway API can")
		c.alias(a.Field("dnsName"), a.Field("port"), cmp.Or(a.Field("dnsName").Text(), full), to, cmp.Or(at, to.number))
	}
	s.Field("discoveryName").Dropped("clients use the alias")
}

// alias makes one name lead to a port: said says the name, if the document does, and
// number the port.
func (c *conversion) alias(said, number ledger.Node, dns string, to mapping, at int32) {
	const in = "Service metadata.name"
	if !said.Set() {
		said = number
	}
	first, rest, _ := strings.Cut(dns, ".")
	if len(validation.IsDNS1035Label(first)) > 0 {
		said.Unsupported("no Service can be called " + first + ": clients need another name")
		number.Unsupported("its alias can't be")
		return
	}
	if rest != "" && rest != c.namespace && !c.elsewhere(said, first, rest) {
		number.Awaits(said)
	}
	if owner := ownerOf(c.in.Service); first != c.name && !c.in.called.others.free(owner, c.namespace, first) {
		said.Unsupported("another service of the namespace " + c.namespace + " is called " + first + ": clients need another name")
		number.Unsupported("its alias can't be")
		return
	}
	if !c.leadOf(first).listen(to, at) {
		said.Unsupported("its port can't be")
		number.Unsupported("the Service " + first + " has the port already, or is headless, where clients reach the pods at their own ports alone")
		return
	}
	said.Mapped(in)
	number.Mapped("Service spec.ports[].port")
}

// elsewhere settles an alias with dots. Kubernetes knows orders.shop only as the Service
// orders of the namespace shop, and longer ones not at all.
func (c *conversion) elsewhere(said ledger.Node, first, rest string) bool {
	here := first + "." + c.namespace + ".svc.cluster.local"
	alias := first + "." + rest
	answers := []ledger.Answer{
		{Word: "rewrite", Then: "you let CoreDNS answer: rewrite name exact " + alias + " " + here},
		{Word: "short", Then: "clients are told to use " + first + " instead"},
	}
	if len(validation.IsDNS1123Label(rest)) == 0 {
		answers = append([]ledger.Answer{{Word: "namespace", Then: "the Kubernetes namespace " + rest + ", which you make, gets a Service that leads here"}}, answers...)
	}
	switch said.Decide("name", "Clients call it "+alias+", which is no name of a Service in the namespace "+c.namespace+". How do they find it?", answers...) {
	case "namespace":
		if !c.in.called.others.free(ownerOf(c.in.Service), rest, first) {
			said.Unsupported("the namespace " + rest + " has another Service called " + first)
			return true
		}
		if c.has("Service", rest, first) {
			return true
		}
		c.add(&corev1.Service{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
			ObjectMeta: metav1.ObjectMeta{Name: first, Namespace: rest},
			Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: here},
		})
	case "rewrite":
		l := c.leadOf(first)
		l.notes = append(l.notes, Note{"metadata.name", "CoreDNS needs: rewrite name exact " + alias + " " + here})
		said.Approximated("Service metadata.name", "decided: CoreDNS rewrites "+alias)
	case "short":
		said.Approximated("Service metadata.name", "decided: clients use "+first)
	default:
		return false
	}
	return true
}
