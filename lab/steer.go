package lab

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/fault"
)

// What whoever runs a trial on a lab does to it, and asks of it. (The programs on
// trial use AWS's endpoint and the API server, as everywhere.)

// Kubernetes is an administrator's way into the cluster.
func (l *Lab) Kubernetes() kubernetes.Interface { return l.kube }

// ExternalDNSInterval is how often ExternalDNS looks, 1 m by default, scaled as
// the timing is.
func (l *Lab) ExternalDNSInterval() time.Duration { return l.pocInterval() }

// SwitchOffDiscovery takes the Cloud Map registry away from an ECS service: the
// deployment that follows replaces its tasks by such as are in no name.
func (l *Lab) SwitchOffDiscovery(ctx context.Context, service string) (err error) {
	cluster := ECSCluster
	l.live.do(func(c *cloud.Cloud) {
		_, err = c.ECS().UpdateService(ctx, &ecs.UpdateServiceInput{
			Cluster: &cluster, Service: &service, ServiceRegistries: []ecstypes.ServiceRegistry{}, ForceNewDeployment: true,
		})
	})
	if err != nil {
		return fmt.Errorf("switch Cloud Map off for %s: %w", service, err)
	}
	return nil
}

// Instances are those that the service's name has in Cloud Map.
func (l *Lab) Instances(service string) []cloud.InstanceState { return l.instances(service) }

// Stale are the addresses in the service's name at which nothing serves as it.
func (l *Lab) Stale(service string) []netip.Addr {
	serving := l.record.serves(service)
	var out []netip.Addr
	for _, i := range l.instances(service) {
		a, err := netip.ParseAddr(i.Attributes["AWS_INSTANCE_IPV4"])
		if err == nil && !slices.Contains(serving, a) {
			out = append(out, a)
		}
	}
	return out
}

// Serving counts the tasks ("ecs") or pods ("eks") that serve as the service.
func (l *Lab) Serving(service, platform string) int { return l.record.servingNow(service, platform) }

// Converged says that every name server, and DiscoverInstances, says the truth
// about the service's name.
func (l *Lab) Converged(service string) (so bool) {
	l.live.do(func(c *cloud.Cloud) {
		id, ok := c.ServiceID(service + "." + l.Options.Namespace)
		so = ok && c.Converged(id)
	})
	return so
}

// Views is what each name server may have answered for the service's name, in
// order of time.
func (l *Lab) Views(service string) (out []cloud.View) {
	l.live.do(func(c *cloud.Cloud) {
		if id, ok := c.ServiceID(service + "." + l.Options.Namespace); ok {
			out = slices.Clone(c.Views(id))
		}
	})
	return out
}

// Deregister takes an instance out of a service's name, as somebody else in the
// account would: no program on trial has asked for it. It is gone when the
// operation has ended.
func (l *Lab) Deregister(ctx context.Context, service, instance string) (err error) {
	l.live.do(func(c *cloud.Cloud) {
		id, _ := c.ServiceID(service + "." + l.Options.Namespace)
		_, err = c.CloudMap().DeregisterInstance(ctx, &servicediscovery.DeregisterInstanceInput{ServiceId: &id, InstanceId: &instance})
	})
	if err != nil {
		return fmt.Errorf("take %s out of %s: %w", instance, service, err)
	}
	return nil
}

// AddFault lets something go wrong from now on, until EndFault.
func (l *Lab) AddFault(f fault.Fault) (fault.Active, error) { return l.faults.Add(time.Now(), f) }

// EndFault ends what AddFault began.
func (l *Lab) EndFault(id string) error { return l.faults.Remove(time.Now(), id) }

// Calls counts the requests that AWS's endpoint was sent so far, by action, such
// as servicediscovery:RegisterInstance.
func (l *Lab) Calls() map[string]int { return l.record.callCounts() }

// RESTConfig is the same as a client's configuration. Copy it before changing it.
func (l *Lab) RESTConfig() *rest.Config { return l.cluster.RESTConfig }

// Addresses are those at which tasks ("ecs") or pods ("eks") serve as the service
// now, in their order.
func (l *Lab) Addresses(service, platform string) []netip.AddrPort {
	return l.record.addresses(service, platform)
}

// Sees asks what stands at an address what its containers see: JSON of lab/sees.
func (l *Lab) Sees(ctx context.Context, at netip.AddrPort) ([]byte, error) {
	t := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return l.fabric.Dial(ctx, doorAddr, at)
	}}
	defer t.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at.String()+"/sees", nil)
	if err != nil {
		return nil, err
	}
	res, err := (&http.Client{Transport: t, Timeout: 30 * time.Second}).Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask %s what it sees: %w", at, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, strings.TrimSpace(string(body)))
	}
	if err != nil {
		return nil, fmt.Errorf("ask %s what it sees: %w", at, err)
	}
	return body, nil
}
