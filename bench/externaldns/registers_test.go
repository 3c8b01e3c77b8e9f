package externaldns

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/go-logr/logr"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/tranship/tranship/bench/manifests"
	"github.com/tranship/tranship/lab"
)

var build = flag.Bool("build", false, "build ExternalDNS, if it is not built yet; minutes")

func TestMain(m *testing.M) {
	ctrllog.SetLogger(logr.Discard()) // the client of the API server has nothing to say here
	os.Exit(m.Run())
}

// diary is what ExternalDNS logs.
type diary struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.Write(p)
}

func (d *diary) whole() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.String()
}

func (d *diary) tail() string {
	s := d.whole()
	return s[max(0, len(s)-4000):]
}

// built is the path of ExternalDNS; where it is not built, the test is skipped,
// and that is said.
func built(t *testing.T) string {
	t.Helper()
	path, err := Built(t.Context())
	if *build && err == nil {
		path, err = Build(t.Context(), os.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	if path == "" {
		fmt.Fprintf(os.Stderr, "SKIPPED %s: ExternalDNS %s is not built; `go test ./... -args -build` or `make bench-peer` builds it\n", t.Name(), Version)
		t.Skip("ExternalDNS is not built")
	}
	return path
}

// The real ExternalDNS with the proof of concept's arguments and manifests
// registers what it should: the pods' addresses of the headless Service, and an
// alias to the load balancer of each of the others; and a client of the VPC
// reaches a pod by each name.
func TestRegisters(t *testing.T) {
	path := built(t)
	ctx := t.Context()
	l, err := lab.Up(ctx, lab.Options{Services: 1, Tasks: 1, LoadBalancers: true, Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(l.Err(), l.Down(ctx)); err != nil {
			t.Error(err)
		}
	}()
	if err := Apply(ctx, l.Ready.Kubeconfig, lab.KubeNamespace, manifests.FS); err != nil {
		t.Fatal(err)
	}
	log := &diary{}
	p, err := Start(ctx, Options{Binary: path, Lab: l.Ready, Interval: l.ExternalDNSInterval(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()

	alias := func(form string) func(map[string]string) error {
		re := regexp.MustCompile(form)
		return func(a map[string]string) error {
			if !re.MatchString(a["AWS_ALIAS_DNS_NAME"]) || len(a) != 1 {
				return fmt.Errorf("attributes %v, want one alias like %s", a, form)
			}
			return nil
		}
	}
	address := func(a map[string]string) error {
		if !strings.HasPrefix(a["AWS_INSTANCE_IPV4"], "10.0.") || len(a) != 1 {
			return fmt.Errorf("attributes %v, want one address of a pod", a)
		}
		return nil
	}
	for _, want := range []struct {
		name      string
		instances int
		attribute func(map[string]string) error
		routing   types.RoutingPolicy
		ttl       int64
		resource  string
	}{
		{"nginx", 2, address, types.RoutingPolicyMultivalue, 300, "service/default/nginx"},
		{"nginx-lb", 1, alias(`^k8s-default-nginxlb-\w+-\w+\.elb\.ap-south-1\.amazonaws\.com$`), types.RoutingPolicyWeighted, 30, "service/default/nginx-lb"},
		{"nginx-web", 1, alias(`^internal-k8s-default-nginxweb-\w+-\d+\.ap-south-1\.elb\.amazonaws\.com$`), types.RoutingPolicyWeighted, 300, "ingress/default/nginx-web"},
	} {
		t.Run(want.name, func(t *testing.T) {
			if err := await(ctx, func() error {
				in := l.Instances(want.name)
				if len(in) != want.instances {
					return fmt.Errorf("%s has %d instances, want %d", want.name, len(in), want.instances)
				}
				for _, i := range in {
					if err := want.attribute(i.Attributes); err != nil {
						return fmt.Errorf("%s: instance %s: %w", want.name, i.ID, err)
					}
				}
				return nil
			}); err != nil {
				t.Fatalf("%v\nExternalDNS:\n%s", err, log.tail())
			}
			s, err := find(ctx, l, want.name)
			if err != nil {
				t.Fatal(err)
			}
			if r := s.DnsConfig.DnsRecords; len(r) != 1 || r[0].Type != types.RecordTypeA || *r[0].TTL != want.ttl || s.DnsConfig.RoutingPolicy != want.routing {
				t.Errorf("%s: %s records %+v, want one A with TTL %d, %s", want.name, s.DnsConfig.RoutingPolicy, r, want.ttl, want.routing)
			}
			if d := awssdk.ToString(s.Description); !strings.Contains(d, "external-dns/owner="+lab.Account) || !strings.Contains(d, want.resource) {
				t.Errorf("%s: description %q does not say who owns it, and for what", want.name, d)
			}
			if err := await(ctx, func() error { return ask(ctx, l, want.name) }); err != nil {
				t.Errorf("%s: %v", want.name, err)
			}
		})
	}
	if ends := p.Ends(); len(ends) > 0 {
		t.Errorf("it ended by itself: %v\n%s", ends, log.tail())
	}
	if in := l.Instances(lab.ServiceName(1)); len(in) != 1 {
		t.Errorf("a name that was none of its business has %d instances, want the task alone", len(in))
	}
}

// errEnds is what a test waits for.
var errEnds = errors.New("the program did not do it yet")

// await looks until ok returns nil; its last error says what was missing.
func await(ctx context.Context, ok func() error) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ok()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// find asks AWS for a Cloud Map service.
func find(ctx context.Context, l *lab.Lab, name string) (types.ServiceSummary, error) {
	c := servicediscovery.New(servicediscovery.Options{
		Region: l.Ready.Region, BaseEndpoint: &l.Ready.AWSEndpoint,
		Credentials: credentials.NewStaticCredentialsProvider(l.Ready.AccessKeyID, l.Ready.SecretAccessKey, ""),
	})
	out, err := c.ListServices(ctx, &servicediscovery.ListServicesInput{})
	if err != nil {
		return types.ServiceSummary{}, err
	}
	k := slices.IndexFunc(out.Services, func(s types.ServiceSummary) bool { return *s.Name == name })
	if k < 0 {
		return types.ServiceSummary{}, fmt.Errorf("no Cloud Map service %s", name)
	}
	return out.Services[k], nil
}

// ask resolves the name with the lab's DNS, and gets a page by it through the
// lab's door.
func ask(ctx context.Context, l *lab.Lab, name string) error {
	host := name + "." + l.Ready.Namespace
	r := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, l.Ready.DNS)
	}}
	addrs, err := r.LookupNetIP(ctx, "ip4", host+".")
	if err != nil {
		return err
	}
	if len(addrs) == 0 {
		return fmt.Errorf("%s has no address", host)
	}
	to := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "socks5h", Host: l.Ready.Socks5}), DisableKeepAlives: true}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s:%d/", host, l.Ready.Port), nil)
	if err != nil {
		return err
	}
	resp, err := to.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	var who struct{ Platform, Service string }
	if err := json.NewDecoder(resp.Body).Decode(&who); err != nil {
		return fmt.Errorf("%s answers %s: %w", host, resp.Status, err)
	}
	if resp.StatusCode != http.StatusOK || who.Platform != "eks" || who.Service != "nginx" {
		return fmt.Errorf("%s is answered with %s by %+v", host, resp.Status, who)
	}
	return nil
}
