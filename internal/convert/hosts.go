package convert

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// names says how the containers find others by name, and what they are called
// themselves. Kubernetes has all of it once for a pod.
func (c *conversion) names() {
	for _, k := range c.containers {
		c.resolver(k)
		for _, n := range k.ecs.Field("extraHosts").Items() {
			host, ip := n.Field("hostname"), n.Field("ipAddress")
			if !c.hostAlias(ip.Text(), host.Text()) {
				n.Unsupported("no address, or no name that /etc/hosts of a pod may have")
				continue
			}
			n.Mapped("Pod spec.hostAliases")
		}
		c.links(k)
		c.hostname(k)
	}
}

// resolver sets whom the containers ask. Without a word of it they ask the cluster's DNS,
// which asks the VPC's.
func (c *conversion) resolver(k *container) {
	servers, domains := k.ecs.Field("dnsServers"), k.ecs.Field("dnsSearchDomains")
	if c.windows {
		servers.Dropped(notOnWindows)
		domains.Dropped(notOnWindows)
		return
	}
	config := c.pod.Spec.DNSConfig
	if config == nil && (servers.Set() || domains.Set()) {
		config = &corev1.PodDNSConfig{}
		c.pod.Spec.DNSConfig = config
	}
	take := func(n ledger.Node, list *[]string, most int, good func(string) bool, to string) {
		if !n.Set() {
			return
		}
		all := true
		for _, text := range n.Texts() {
			switch {
			case slices.Contains(*list, text):
			case !good(text) || len(*list) >= most:
				all = false
			default:
				*list = append(*list, text)
			}
		}
		if all {
			n.Mapped(to)
		} else {
			n.Unsupported("a pod has at most 3 servers, by address, and 32 domains, for all its containers: some are left out")
		}
	}
	isIP := func(t string) bool { return len(validation.IsValidIP(nil, t)) == 0 }
	if servers.Set() {
		take(servers, &config.Nameservers, 3, isIP, "Pod spec.dnsConfig.nameservers")
		if len(config.Nameservers) > 0 {
			c.pod.Spec.DNSPolicy = corev1.DNSNone
			c.note(specOf+".dnsPolicy", "only these servers are asked, as on ECS: they don't know the names of the cluster")
		}
	}
	isDomain := func(t string) bool { return len(validation.IsDNS1123Subdomain(strings.TrimSuffix(t, "."))) == 0 }
	if domains.Set() {
		take(domains, &config.Searches, 32, isDomain, "Pod spec.dnsConfig.searches")
	}
}

// hostAlias adds a line to /etc/hosts.
func (c *conversion) hostAlias(ip, host string) bool {
	if len(validation.IsValidIP(nil, ip)) > 0 || len(validation.IsDNS1123Subdomain(host)) > 0 {
		return false
	}
	for i := range c.pod.Spec.HostAliases {
		if a := &c.pod.Spec.HostAliases[i]; a.IP == ip {
			if !slices.Contains(a.Hostnames, host) {
				a.Hostnames = append(a.Hostnames, host)
			}
			return true
		}
	}
	c.pod.Spec.HostAliases = append(c.pod.Spec.HostAliases, corev1.HostAlias{IP: ip, Hostnames: []string{host}})
	return true
}

// links are names of other containers, name or name:alias. In a pod they are localhost.
func (c *conversion) links(k *container) {
	n := k.ecs.Field("links")
	for _, text := range n.Texts() {
		name, alias, found := strings.Cut(text, ":")
		if !found {
			alias = name
		}
		if c.called(name) == nil || !c.hostAlias("127.0.0.1", alias) {
			n.Unsupported("no other container, or no name that /etc/hosts of a pod may have")
			continue
		}
		n.Approximated("Pod spec.hostAliases", "the other container is at localhost; variables like NAME_PORT that Docker sets are not there")
	}
}

// hostname is one for the pod, and here as there the same for all tasks.
func (c *conversion) hostname(k *container) {
	n := k.ecs.Field("hostname")
	switch has := c.pod.Spec.Hostname; {
	case !n.Set():
	case len(validation.IsDNS1123Label(n.Text())) > 0:
		n.Unsupported("a pod's host name is a DNS label: the pod's own name is taken")
	case has != "" && has != n.Text():
		n.Unsupported("a pod has one host name for all its containers: " + has)
	default:
		c.pod.Spec.Hostname = n.Text()
		n.Mapped("Pod spec.hostname")
	}
}
