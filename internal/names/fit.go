package names

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// ErrNoFit says that a service's record types or routing policy have no place
// for an endpoint. Its text says which service would have one.
var ErrNoFit = errors.New("it does not fit the Cloud Map service")

// What Cloud Map does with an AWS_ALIAS_DNS_NAME, an AWS_INSTANCE_CNAME and so on:
// https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
const (
	AttrIPv6  = "AWS_INSTANCE_IPV6"
	AttrCNAME = "AWS_INSTANCE_CNAME"
	AttrAlias = "AWS_ALIAS_DNS_NAME"
)

// Routing policies and the type of an API-only service.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsConfig.html
const (
	Multivalue = "MULTIVALUE"
	Weighted   = "WEIGHTED"
	TypeHTTP   = "HTTP"
)

// Fit is what is registered for the endpoint in a service with these settings,
// under the owner's mark. ErrNoFit if the service has no place for it.
func Fit(e Endpoint, s Settings, owner string) (Instance, error) {
	records, err := fitting(e, s)
	if err != nil {
		return Instance{}, err
	}
	a := e.marks(owner)
	for k := range a {
		if strings.HasPrefix(k, "AWS_") {
			delete(a, k) // Cloud Map's own words are not for whoever annotates
		}
	}
	for k, v := range records {
		a[k] = v
	}
	if s.CustomHealth && a[AttrAlias] == "" {
		// Said although it is the default: an instance that starts unhealthy
		// takes about 30 s to be answered.
		a[AttrInitHealth] = string(Healthy)
	}
	return Instance{ID: e.ID(), Attributes: a}, nil
}

// FitPlain is what ExternalDNS would register for the endpoint: its address or
// host name, under an id that is the same, and nothing else.
// https://github.com/kubernetes-sigs/external-dns provider/awssd
func FitPlain(e Endpoint, s Settings) (Instance, error) {
	target := e.Target
	switch {
	case target != "":
	case e.IPv4.Is4() && !s.HasType("AAAA"):
		target = e.IPv4.String()
	case e.IPv6.Is6() && s.HasType("AAAA"):
		target = e.IPv6.String()
	case e.IPv4.Is4():
		target = e.IPv4.String()
	default:
		return Instance{}, fmt.Errorf("%w: pod %s has no address", ErrNoFit, e.Pod)
	}
	plain := Endpoint{Target: target}
	if s.HasType("SRV") || s.HasType("A") && s.HasType("AAAA") || s.Type == TypeHTTP {
		return Instance{}, fmt.Errorf("%w: ExternalDNS keeps no service %s: one record of type A, AAAA or CNAME", ErrNoFit, s.DNSName())
	}
	records, err := fitting(plain, s)
	if err != nil {
		return Instance{}, err
	}
	return Instance{ID: plain.ID(), Attributes: records}, nil
}

// fitting is the part of a registration that Cloud Map makes records of.
func fitting(e Endpoint, s Settings) (map[string]string, error) {
	host := ""
	v4, v6 := e.IPv4, e.IPv6
	if e.Target != "" {
		switch a, err := netip.ParseAddr(e.Target); {
		case err != nil:
			host, v4, v6 = e.Target, netip.Addr{}, netip.Addr{}
		case a.Is4():
			v4, v6 = a, netip.Addr{}
		default:
			v4, v6 = netip.Addr{}, a
		}
	}
	a := map[string]string{}
	if v4.Is4() {
		a[AttrIPv4] = v4.String()
	}
	if v6.Is6() {
		a[AttrIPv6] = v6.String()
	}
	if e.Port > 0 {
		a[AttrPort] = strconv.Itoa(int(e.Port))
	}
	name := s.DNSName()
	switch {
	case s.Type == TypeHTTP:
		if host != "" {
			a[AttrCNAME] = host // API-only: callers read the attributes, no record is made
		}
		return a, nil
	case host != "":
		return fitHost(host, s)
	case s.HasType("CNAME"):
		return nil, fmt.Errorf("%w: %s keeps CNAME records, which lead to a host name, not to an address: a service with A records would do", ErrNoFit, name)
	case s.HasType("A") && !v4.Is4():
		return nil, fmt.Errorf("%w: %s keeps A records and the endpoint has no IPv4 address%s: a service with AAAA records alone would do", ErrNoFit, name, of(e))
	case s.HasType("AAAA") && !v6.Is6():
		return nil, fmt.Errorf("%w: %s keeps AAAA records and the endpoint has no IPv6 address%s: a service with A records alone would do", ErrNoFit, name, of(e))
	case s.HasType("SRV") && e.Port == 0:
		return nil, fmt.Errorf("%w: %s keeps SRV records, which need a port, and the Service names none or several: give it one port", ErrNoFit, name)
	case len(a) == 0:
		return nil, fmt.Errorf("%w: the endpoint has no address%s", ErrNoFit, of(e))
	}
	return a, nil
}

// fitHost is a host name in a service: an alias where it is a load balancer's
// and the service has A or AAAA records with WEIGHTED routing, else a CNAME.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
func fitHost(host string, s Settings) (map[string]string, error) {
	name := s.DNSName()
	addresses := s.HasType("A") || s.HasType("AAAA")
	switch {
	case s.HasType("CNAME"):
		return map[string]string{AttrCNAME: host}, nil
	case addresses && LoadBalancer(host) && s.Routing == Weighted && !s.HasType("SRV"):
		return map[string]string{AttrAlias: host}, nil
	case addresses && LoadBalancer(host):
		return nil, fmt.Errorf("%w: %s has the routing policy %s, and an alias to load balancer %s needs WEIGHTED, which cannot be changed later: "+
			"pods behind a headless Service fit this name, a new service with A records and WEIGHTED routing would take the load balancer", ErrNoFit, name, s.Routing, host)
	}
	return nil, fmt.Errorf("%w: %s keeps no CNAME records, which the host name %s needs: a service with one CNAME record and WEIGHTED routing would do", ErrNoFit, name, host)
}

func of(e Endpoint) string {
	if e.Pod == "" {
		return ""
	}
	return " (pod " + e.Namespace + "/" + e.Pod + ")"
}

// elb matches the names of Elastic Load Balancing: of classic and application
// ones, of network ones, and those of the regions in China.
// https://docs.aws.amazon.com/general/latest/gr/elb.html
var elb = regexp.MustCompile(`^[a-z0-9.-]+\.(elb\.[a-z0-9-]+|[a-z0-9-]+\.elb)\.amazonaws\.com(\.cn)?$`)

// LoadBalancer says that a host name is that of an AWS load balancer, which
// Route 53 can answer with as an alias.
func LoadBalancer(host string) bool {
	return elb.MatchString(strings.ToLower(strings.TrimSuffix(host, ".")))
}
