package loadbalancer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/tranship/tranship/lab/vpc"
)

// zone is the DNS of a test.
type zone struct {
	mu    sync.Mutex
	names map[string][]netip.Addr
	ill   map[string]bool
	told  chan struct{} // one for each change
}

func (z *zone) SetLoadBalancer(name string, addrs []netip.Addr) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if len(addrs) == 0 {
		delete(z.names, name)
	} else {
		z.names[name] = addrs
	}
	select {
	case z.told <- struct{}{}:
	default:
	}
}

func (z *zone) SetLoadBalancerHealth(name string, healthy bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.ill[name] = !healthy
}

func (z *zone) healthy(name string) bool {
	z.mu.Lock()
	defer z.mu.Unlock()
	return !z.ill[name]
}

func (z *zone) lookup(name string) []netip.Addr {
	z.mu.Lock()
	defer z.mu.Unlock()
	return slices.Clone(z.names[name])
}

// bed is a controller over a fake API server and a real fabric.
type bed struct {
	t      *testing.T
	client *fake.Clientset
	fabric *vpc.Fabric
	pool   *vpc.Pool
	zone   *zone
	stop   func()
}

func newBed(t *testing.T) *bed {
	t.Helper()
	pool, err := vpc.NewPool(vpc.PoolConfig{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bed{
		t: t, client: fake.NewClientset(), pool: pool, fabric: vpc.NewFabric(vpc.Config{Clock: time.Now}),
		zone: &zone{names: map[string][]netip.Addr{}, ill: map[string]bool{}, told: make(chan struct{}, 1)},
	}
	c, err := New(Config{
		Client: b.client, Pool: pool, Fabric: b.fabric, Names: b.zone, Region: "ap-south-1",
		Zones: []string{"ap-south-1a", "ap-south-1b", "ap-south-1c"},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	<-c.Synced()
	b.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(b.stop)
	return b
}

// await looks, each time that the names changed or the API server was written
// to, until ok holds.
func (b *bed) await(what string, ok func() bool) {
	b.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-b.zone.told:
		case <-tick.C:
		case <-b.t.Context().Done():
			b.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// endpoint is a server behind a VPC address that says its name.
func (b *bed) endpoint(addr string) {
	b.t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"me": addr, "host": r.Host, "for": r.Header.Get("X-Forwarded-For")})
	}))
	b.t.Cleanup(srv.Close)
	if err := b.fabric.Attach(netip.MustParseAddrPort(addr), srv.Listener.Addr().String()); err != nil {
		b.t.Fatal(err)
	}
}

// get asks an address as a client of the VPC.
func (b *bed) get(at netip.AddrPort, host, path string) (status int, said map[string]string, err error) {
	to := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return b.fabric.Dial(ctx, netip.MustParseAddr("10.0.200.1"), at)
	}}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, "http://"+host+path, nil)
	if err != nil {
		return 0, nil, err
	}
	resp, err := to.RoundTrip(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if resp.StatusCode == http.StatusOK && err == nil {
		err = json.Unmarshal(body, &said)
	}
	return resp.StatusCode, said, err
}

func service(name string, kind corev1.ServiceType) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Spec:       corev1.ServiceSpec{Type: kind, Ports: []corev1.ServicePort{{Name: "http", Port: 80}}},
	}
}

// slice has each address twice, ready and then, with a !, not.
func slice(name string, addrs ...string) *discoveryv1.EndpointSlice {
	port, portName := int32(8080), "http"
	s := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: "default", Name: name + "-x", Labels: map[string]string{discoveryv1.LabelServiceName: name}},
		AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Name: &portName, Port: &port}},
	}
	for _, a := range addrs {
		a, unready := strings.CutPrefix(a, "!")
		ready := !unready
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{Addresses: []string{a}, Conditions: discoveryv1.EndpointConditions{Ready: &ready}})
	}
	return s
}

func (b *bed) apply(objects ...any) {
	b.t.Helper()
	ctx := b.t.Context()
	for _, o := range objects {
		var err error
		switch o := o.(type) {
		case *corev1.Service:
			_, err = b.client.CoreV1().Services(o.Namespace).Create(ctx, o, metav1.CreateOptions{})
		case *discoveryv1.EndpointSlice:
			if _, err = b.client.DiscoveryV1().EndpointSlices(o.Namespace).Update(ctx, o, metav1.UpdateOptions{}); err != nil {
				_, err = b.client.DiscoveryV1().EndpointSlices(o.Namespace).Create(ctx, o, metav1.CreateOptions{})
			}
		case *networkingv1.Ingress:
			_, err = b.client.NetworkingV1().Ingresses(o.Namespace).Create(ctx, o, metav1.CreateOptions{})
		default:
			err = fmt.Errorf("%T can't be applied", o)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

// hostname is what the Service's status says.
func (b *bed) hostname(name string) string {
	s, err := b.client.CoreV1().Services("default").Get(b.t.Context(), name, metav1.GetOptions{})
	if err != nil || len(s.Status.LoadBalancer.Ingress) != 1 {
		return ""
	}
	if ip := s.Status.LoadBalancer.Ingress[0].IP; ip != "" {
		b.t.Errorf("status of %s has the address %s: an AWS load balancer has a name alone", name, ip)
	}
	return s.Status.LoadBalancer.Ingress[0].Hostname
}

// A Service of type LoadBalancer: a name, an address in each zone, both
// endpoints in turn, none that is not ready; and all of it gone with the Service.
func TestService(t *testing.T) {
	b := newBed(t)
	b.endpoint("10.0.64.101:8080")
	b.endpoint("10.0.64.102:8080")
	b.endpoint("10.0.64.103:8080")
	b.apply(service("orders", corev1.ServiceTypeLoadBalancer), slice("orders", "10.0.64.101", "10.0.64.102", "!10.0.64.103"))
	b.await("the status has a hostname", func() bool { return b.hostname("orders") != "" })
	dns := b.hostname("orders")
	if dns != dnsName(network, "default", "orders", "ap-south-1") {
		t.Errorf("hostname %s", dns)
	}
	addrs := b.zone.lookup(dns)
	zones := map[string]bool{}
	for _, a := range addrs {
		zones[b.pool.Zone(a)] = true
	}
	if len(addrs) != 3 || len(zones) != 3 {
		t.Fatalf("the name leads to %v, want one address in each of three zones", addrs)
	}
	seen := map[string]int{}
	at := netip.AddrPortFrom(addrs[1], 80)
	for range 4 {
		_, said, err := b.get(at, "anything", "/")
		if err != nil {
			t.Fatal(err)
		}
		seen[said["me"]]++
	}
	if seen["10.0.64.101:8080"] != 2 || seen["10.0.64.102:8080"] != 2 {
		t.Errorf("4 connections went to %v, want two each to the two that are ready", seen)
	}

	b.apply(slice("orders", "!10.0.64.101", "!10.0.64.102", "10.0.64.103"))
	b.await("the third endpoint serves alone", func() bool {
		_, said, err := b.get(at, "anything", "/")
		return err == nil && said["me"] == "10.0.64.103:8080"
	})

	if err := b.client.CoreV1().Services("default").Delete(t.Context(), "orders", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	b.await("the name is gone", func() bool { return len(b.zone.lookup(dns)) == 0 })
	b.stop() // the worker is done with it now
	if _, _, err := b.get(at, "anything", "/"); err == nil {
		t.Error("a balancer answers whose Service is gone")
	}
	for _, a := range addrs {
		if b.pool.Release(time.Now(), a) {
			t.Errorf("%s was never given back", a)
		}
	}
}

// Without a ready endpoint a connection is closed, not left hanging.
func TestServiceWithoutEndpoints(t *testing.T) {
	b := newBed(t)
	b.apply(service("empty", corev1.ServiceTypeLoadBalancer))
	b.await("the status has a hostname", func() bool { return b.hostname("empty") != "" })
	at := netip.AddrPortFrom(b.zone.lookup(b.hostname("empty"))[0], 80)
	if _, _, err := b.get(at, "anything", "/"); err == nil {
		t.Error("somebody answered")
	}
	b.await("the balancer counts as ill", func() bool { return !b.zone.healthy(b.hostname("empty")) })
	b.endpoint("10.0.64.101:8080")
	b.apply(slice("empty", "10.0.64.101"))
	b.await("it is healthy again", func() bool { return b.zone.healthy(b.hostname("empty")) })
}

// What is not for this controller is left alone.
func TestOthers(t *testing.T) {
	b := newBed(t)
	other := service("other", corev1.ServiceTypeLoadBalancer)
	class := "example.com/lb"
	other.Spec.LoadBalancerClass = &class
	b.apply(service("plain", corev1.ServiceTypeClusterIP), other, service("ours", corev1.ServiceTypeLoadBalancer))
	b.await("ours has a hostname", func() bool { return b.hostname("ours") != "" }) // it came last
	if h := b.hostname("plain") + b.hostname("other"); h != "" {
		t.Errorf("hostname %s for a Service that wants none of ours", h)
	}
}

// An Ingress: requests by host and path, in HTTP's own words where nothing fits.
func TestIngress(t *testing.T) {
	b := newBed(t)
	b.endpoint("10.0.64.101:8080")
	b.endpoint("10.0.64.102:8080")
	prefix := networkingv1.PathTypePrefix
	to := func(s string) networkingv1.IngressBackend {
		return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: s, Port: networkingv1.ServiceBackendPort{Number: 80}}}
	}
	paths := []networkingv1.HTTPIngressPath{
		{Path: "/", PathType: &prefix, Backend: to("front")},
		{Path: "/orders", PathType: &prefix, Backend: to("orders")},
		{Path: "/missing", PathType: &prefix, Backend: to("missing")},
	}
	in := &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "shop", Annotations: map[string]string{listenPortsAnnotation: `[{"HTTP": 8080}]`}},
		Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{
			Host:             "shop.internal",
			IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: paths}},
		}}},
	}
	b.apply(service("front", corev1.ServiceTypeClusterIP), slice("front", "10.0.64.101"), in,
		service("orders", corev1.ServiceTypeClusterIP), slice("orders", "10.0.64.102"))
	dns := dnsName(application, "default", "shop", "ap-south-1")
	b.await("the name is there", func() bool { return len(b.zone.lookup(dns)) == 3 })
	at := netip.AddrPortFrom(b.zone.lookup(dns)[2], 8080)
	for _, x := range []struct {
		host, path string
		status     int
		me         string
	}{
		{"shop.internal", "/", http.StatusOK, "10.0.64.101:8080"},
		{"shop.internal", "/orders/7", http.StatusOK, "10.0.64.102:8080"},
		{"shop.internal", "/missing", http.StatusServiceUnavailable, ""},
		{"elsewhere.internal", "/", http.StatusNotFound, ""},
	} {
		b.await(fmt.Sprintf("%s%s is answered with %d by %q", x.host, x.path, x.status, x.me), func() bool {
			status, said, err := b.get(at, x.host, x.path)
			if err != nil {
				return false
			}
			if said != nil && (said["host"] != x.host || said["for"] == "") {
				t.Fatalf("the endpoint was told %v: the host is the client's, and X-Forwarded-For says who asks", said)
			}
			return status == x.status && said["me"] == x.me
		})
	}
	got, err := b.client.NetworkingV1().Ingresses("default").Get(t.Context(), "shop", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b.await("the status has the hostname", func() bool {
		got, err = b.client.NetworkingV1().Ingresses("default").Get(t.Context(), "shop", metav1.GetOptions{})
		return err == nil && len(got.Status.LoadBalancer.Ingress) == 1 && got.Status.LoadBalancer.Ingress[0].Hostname == dns
	})
}

// A target that is gone is a 502, and the balancer lives on.
func TestIngressBadGateway(t *testing.T) {
	b := newBed(t)
	in := &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "gone"},
		Spec: networkingv1.IngressSpec{DefaultBackend: &networkingv1.IngressBackend{
			Service: &networkingv1.IngressServiceBackend{Name: "gone", Port: networkingv1.ServiceBackendPort{Name: "http"}},
		}},
	}
	b.apply(service("gone", corev1.ServiceTypeClusterIP), slice("gone", "10.0.64.150"), in)
	dns := dnsName(application, "default", "gone", "ap-south-1")
	b.await("the name is there", func() bool { return len(b.zone.lookup(dns)) > 0 })
	at := netip.AddrPortFrom(b.zone.lookup(dns)[0], 80)
	b.await("it is a 502", func() bool {
		status, _, err := b.get(at, "any", "/")
		return err == nil && status == http.StatusBadGateway
	})
}

func TestListenPorts(t *testing.T) {
	for text, want := range map[string][]uint16{
		"":                                 {80},
		`[{"HTTP": 8080}, {"HTTP": 80}]`:   {80, 8080},
		`[{"HTTP": 80, "HTTPS": 443}]`:     nil,
		`[]`:                               nil,
		`80`:                               nil,
		`[{"HTTP": 0}]`:                    nil,
		`[{"HTTP": 70000}]`:                nil,
		`[{"HTTP": 8080}, {"HTTP": 8080}]`: {8080},
	} {
		got, err := listenPorts(text)
		if !slices.Equal(got, want) || (err != nil) != (want == nil) {
			t.Errorf("%s gives %v and %v, want %v", text, got, err, want)
		}
	}
}
