package lab

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes"

	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/cluster"
	"github.com/tranship/tranship/lab/clusterdns"
	"github.com/tranship/tranship/lab/dns"
	"github.com/tranship/tranship/lab/estate"
	"github.com/tranship/tranship/lab/fault"
	"github.com/tranship/tranship/lab/node"
	"github.com/tranship/tranship/lab/node/standin"
	"github.com/tranship/tranship/lab/process"
	"github.com/tranship/tranship/lab/vpc"
)

// Lab is a running laboratory.
type Lab struct {
	Options Options
	Ready   Ready

	timing   cloud.Timing
	rates    cloud.Rates
	faults   *fault.Set
	live     *live
	record   *record
	fabric   *vpc.Fabric
	pool     *vpc.Pool
	resolver *dns.Resolver
	estate   *estate.Estate
	logs     deliveries
	listener string            // ARN, where there are target groups
	groups   map[string]string // their ARNs by ECS service
	cluster  *cluster.Cluster
	kube     kubernetes.Interface
	agent    *node.Agent // nil without Kubernetes
	dir      string
	// clusterDNS is nil where none runs.
	clusterDNS *clusterdns.Server
	// controller is nil where none runs.
	controller *process.Child

	mu     sync.Mutex
	failed error
	lost   map[string]bool               // availability zones
	stops  []func(context.Context) error // in reverse order
}

// Up starts everything and returns once it is ready: ECS serves, and with
// EKS "ready" so do the pods, outside the name. Call Down in any case.
func Up(ctx context.Context, o Options) (_ *Lab, err error) {
	if o, err = o.withDefaults(); err != nil {
		return nil, err
	}
	if err := o.descriptors(); err != nil {
		return nil, err
	}
	l := &Lab{Options: o, record: newRecord(o.History), faults: fault.NewSet(o.Seed), lost: map[string]bool{}}
	l.timing, _ = o.timing()
	l.rates, _ = cloud.RatesNamed(o.Rates)
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Down(context.WithoutCancel(ctx)))
		}
	}()
	if err := cluster.Sweep(""); err != nil {
		fmt.Fprintf(o.Progress, "  what killed labs have left: %v\n", err) // a nuisance, but nothing that this lab depends on
	}
	dir, leave, err := cluster.Folder()
	if err != nil {
		return nil, fmt.Errorf("make the lab's folder: %w", err)
	}
	l.dir = dir
	l.onDown(func(context.Context) error { return leave() })
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"Kubernetes control plane", l.startCluster},
		{"VPC", l.startVPC},
		{"AWS", l.startAWS},
		{"DNS", l.startDNS},
		{"cluster DNS", l.startClusterDNS},
		{"ECS tasks", l.startFleet},
		{"node agent", l.startNodes},
		{"load balancers", l.startLoadBalancers},
		{"pods", l.startPods},
		{"faults", l.startStrikes},
		{"admin endpoint", l.startAdmin},
		{"controller", l.startController},
	} {
		began := time.Now()
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("start the %s: %w", step.what, err)
		}
		if d := time.Since(began); d > 500*time.Millisecond {
			fmt.Fprintf(o.Progress, "  %-26s %5.1f s\n", step.what, d.Seconds())
		}
	}
	return l, nil
}

// onDown adds what undoes a step.
func (l *Lab) onDown(f func(context.Context) error) { l.stops = append(l.stops, f) }

// Down stops everything, last started first, and leaves nothing behind.
func (l *Lab) Down(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	var errs []error
	for _, f := range slices.Backward(l.stops) {
		errs = append(errs, f(ctx))
	}
	l.stops = nil
	return errors.Join(errs...)
}

// fail keeps the first thing that went wrong in the lab itself.
func (l *Lab) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = err
	}
}

// Err is what went wrong in the lab itself; a report that has one is void.
func (l *Lab) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

func (l *Lab) startCluster(ctx context.Context) error {
	if l.Options.NoKubernetes {
		return nil
	}
	if _, err := cluster.Build(ctx, l.Options.Progress); err != nil {
		return err
	}
	c, err := cluster.Start(ctx, cluster.Options{Scheduler: true, ControllerManager: true, Controllers: l.Options.Controllers})
	if err != nil {
		return err
	}
	l.cluster = c
	l.onDown(c.Stop)
	l.kube, err = kubernetes.NewForConfig(c.RESTConfig)
	return err
}

func (l *Lab) startVPC(ctx context.Context) error {
	flows, err := l.startFlowLog(ctx)
	if err != nil {
		return err
	}
	l.fabric = vpc.NewFabric(vpc.Config{Clock: time.Now, OnConnect: l.record.connect, Flows: flows})
	cool := l.timing.CoolDown
	l.pool, err = vpc.NewPool(vpc.PoolConfig{Zones: l.zones(), CoolDown: &cool})
	return err
}

// zones are the availability zones of the region.
func (l *Lab) zones() []string {
	var z []string
	for _, s := range "abc" {
		z = append(z, l.Options.Region+string(s))
	}
	return z
}

func (l *Lab) startAWS(ctx context.Context) error {
	reactions, err := l.Options.reactions()
	if err != nil {
		return err
	}
	l.live = newLive(cloud.Config{
		Seed: l.Options.Seed, Start: time.Now(), Account: Account, Region: l.Options.Region,
		Timing: l.timing, VPC: l.addressPlan(), Rates: l.rates, Reactions: reactions, History: l.Options.History,
		Quotas: cloud.Quotas{NamespaceInstances: l.Options.NamespaceInstances}, Roles: l.Options.roles(),
	}, l.fail)
	l.live.model.Disturb(l.disturber())
	l.onDown(func(context.Context) error { l.live.close(); return nil })
	if err := l.startEstate(); err != nil {
		return err
	}

	others, err := l.startOthers()
	if err != nil {
		return err
	}
	key := aws.Credentials{AccessKeyID: "AKIA" + strings.ToUpper(random(8)), SecretAccessKey: random(20)}
	m := l.live.model
	h, err := aws.NewHandler(aws.Config{
		Credentials: key, Region: l.Options.Region, Account: Account,
		Services: []aws.Service{
			{Name: "servicediscovery", Impl: m.CloudMap()},
			{Name: "ecs", Impl: m.ECS()},
			{Name: "sts", Impl: m.STS()},
			{Name: "ec2", Impl: m.EC2()},
			{Name: "route53", Impl: m.Route53()},
			{Name: "elasticloadbalancing", Impl: l.estate.ELB()},
			{Name: "iam", Impl: l.estate.IAM()},
			{Name: "monitoring", Impl: l.estate.CloudWatch()},
			{Name: "logs", Impl: l.estate.Logs()},
			{Name: "s3", Impl: l.estate.S3()},
			{Name: "eks", Impl: l.estate.EKS()},
			{Name: "application-autoscaling", Impl: m.AutoScaling()},
		},
		Others: others, Sessions: m.Session,
		Do:     func(fn func()) { l.live.do(func(*cloud.Cloud) { fn() }) },
		Record: l.heard,
		Fault:  l.spoil,
	})
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := aws.NewServer(h)
	// Ends with the lab, so that answers that a fault holds back do not hold it up.
	base, end := context.WithCancel(context.WithoutCancel(ctx))
	srv.BaseContext = func(net.Listener) context.Context { return base }
	go func() {
		if err := srv.Serve(ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
			l.fail(fmt.Errorf("AWS endpoint: %w", err))
		}
	}()
	l.onDown(func(ctx context.Context) error { end(); return srv.Shutdown(ctx) })
	l.Ready.AWSEndpoint = "http://" + ln.Addr().String()
	l.Ready.AccessKeyID, l.Ready.SecretAccessKey = key.AccessKeyID, key.SecretAccessKey
	return nil
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

func (l *Lab) startDNS(ctx context.Context) error {
	if err := l.startResolver(); err != nil {
		return err
	}
	srv, err := dns.Serve("127.0.0.1:0", l.ask)
	if err != nil {
		return err
	}
	l.onDown(srv.Stop)
	door, err := vpc.ServeSocks5(ctx, "127.0.0.1:0", vpc.Socks5Config{
		Dial: l.fabric.Dial,
		Lookup: func(ctx context.Context, name string) ([]netip.Addr, error) {
			r, err := l.lookup(ctx, doorAddr, name)
			return r.Addrs(), err
		},
		Source: doorAddr,
		Seed:   l.Options.Seed,
	})
	if err != nil {
		return err
	}
	l.onDown(func(ctx context.Context) error {
		// All that it leads to has stopped by now, so there is nobody to wait for: a client that stays would hold up the end.
		now, cancel := context.WithCancel(ctx)
		cancel()
		_ = door.Stop(now) // says that it cut somebody off
		return nil
	})
	l.Ready.DNS, l.Ready.Socks5 = srv.Addr().String(), door.Addr().String()
	return nil
}

// launch is how stand-ins run.
func (l *Lab) launch() standin.Launch {
	if l.Options.Processes {
		return standin.OwnProcess
	}
	return standin.InProcess
}

// sockets is a folder with a short path for the stand-ins' sockets.
func (l *Lab) sockets() (string, error) {
	d := filepath.Join(l.dir, "s")
	return d, os.MkdirAll(d, 0o700)
}

// nodes are those of the cluster.
func (l *Lab) nodes() []node.Node {
	out := node.NodesIn(l.zones()...)
	if l.Options.ARM {
		out = append(out, node.ARMNodesIn(l.zones()...)...)
	}
	return out
}

func (l *Lab) startNodes(ctx context.Context) error {
	if l.Options.NoKubernetes {
		return nil
	}
	dir, err := l.sockets()
	if err != nil {
		return err
	}
	agent, err := node.New(node.Config{
		Client: l.kube, Pool: l.pool, Fabric: l.fabric, Nodes: l.nodes(), Sees: l.Options.Sees,
		Temper: standin.Temper(l.Options.Temper), Launch: l.launch(), SocketDir: dir, OnEvent: l.podEvent,
		NodeGrace: nodeGrace(l.timing),
	})
	if err != nil {
		return err
	}
	l.agent = agent
	if err := l.seedNodes(); err != nil {
		return err
	}
	return l.startLoop(ctx, agent)
}

// loop is what follows the API server until its context ends.
type loop interface {
	Run(ctx context.Context) error
	Synced() <-chan struct{}
}

// startLoop runs it until the lab goes down, and returns once it is in sync.
func (l *Lab) startLoop(ctx context.Context, what loop) error {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- what.Run(run) }()
	l.onDown(func(context.Context) error { cancel(); return <-done })
	select {
	case <-what.Synced():
		return nil
	case err := <-done:
		done <- nil // for Down, which has nothing more to say
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
