package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/tranship/tranship/lab/node/standin"
)

// Config is what an Agent needs. Client, Pool and Fabric must be given.
type Config struct {
	Client kubernetes.Interface // give it QPS -1: pods come and go in hundreds
	Pool   Pool
	Fabric Fabric

	Nodes     []Node         // nil: DefaultNodes
	Platform  string         // "": "eks"
	Port      uint16         // where a pod that declares no TCP port is reached; 0: 8080
	Temper    standin.Temper // of pods without the annotation; "": graceful
	Launch    standin.Launch // nil: standin.InProcess
	SocketDir string         // an existing folder with a short path: stand-ins listen on unix sockets in it; "": on ports of 127.0.0.1
	Clock     Clock          // nil: WallClock
	// NodeGrace is how long the control plane takes until it notices that a node is gone; 0: 50 s.
	// https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/ (node-monitor-grace-period)
	NodeGrace time.Duration
	// Sees lets a pod start only once everything is there that it refers to, and lets its
	// stand-in print at /sees what its containers see. It costs some calls for each start.
	Sees bool
	// OnEvent is told each Event. It must return quickly and must not call the agent.
	OnEvent func(Event)
	Log     *slog.Logger // nil: silent
}

// Agent is the kubelet of all its nodes. Make one with New and Run it once.
type Agent struct {
	cfg     Config
	sockets sockets
	synced  chan struct{}
	hosts   map[string]*host // by node name

	work    sync.WaitGroup
	mu      sync.Mutex
	running context.Context // of Run; nil before
	pods    map[types.UID]*worker
}

// host is a node with its address.
type host struct {
	Node
	addr netip.Addr
	out  *outage // nil: the node is there; under Agent.mu
}

// ErrNoPod says that the agent runs no such pod.
var ErrNoPod = errors.New("no such pod runs here")

// New checks the configuration; nothing happens before Run.
func New(cfg Config) (*Agent, error) {
	if cfg.Client == nil || cfg.Pool == nil || cfg.Fabric == nil {
		return nil, errors.New("node agent: Client, Pool and Fabric must be given")
	}
	if cfg.Nodes == nil {
		cfg.Nodes = DefaultNodes()
	}
	if cfg.Platform == "" {
		cfg.Platform = "eks"
	}
	if cfg.Port == 0 {
		cfg.Port = 8080
	}
	temper, err := standin.ParseTemper(string(cfg.Temper))
	if err != nil {
		return nil, fmt.Errorf("node agent: %w", err)
	}
	cfg.Temper = temper
	if cfg.Launch == nil {
		cfg.Launch = standin.InProcess
	}
	if cfg.Clock == nil {
		cfg.Clock = WallClock{}
	}
	if cfg.NodeGrace == 0 {
		cfg.NodeGrace = defaultNodeGrace
	}
	if cfg.OnEvent == nil {
		cfg.OnEvent = func(Event) {}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	a := &Agent{
		cfg:     cfg,
		sockets: sockets{dir: cfg.SocketDir, mark: "p"},
		synced:  make(chan struct{}),
		hosts:   map[string]*host{},
		pods:    map[types.UID]*worker{},
	}
	for _, n := range cfg.Nodes {
		if n.Name == "" || n.Zone == "" || a.hosts[n.Name] != nil {
			return nil, fmt.Errorf("node agent: node %q in zone %q: wants a name of its own and a zone", n.Name, n.Zone)
		}
		a.hosts[n.Name] = &host{Node: n}
	}
	return a, nil
}

// Synced is closed once the nodes are registered and the pods that were there are known.
func (a *Agent) Synced() <-chan struct{} { return a.synced }

// Run registers the nodes and runs their pods until ctx ends; then every stand-in is killed and every address given back, and
// nothing is written to the API any more. It returns nil after such an end, or an error if it could not begin.
func (a *Agent) Run(ctx context.Context) error {
	defer a.leave()
	for _, n := range a.cfg.Nodes {
		h := a.hosts[n.Name]
		addr, err := a.allocate(h.Zone)
		if err != nil {
			return fmt.Errorf("node agent: an address for node %s: %w", h.Name, err)
		}
		h.addr = addr
		if err := a.register(ctx, h); err != nil {
			return fmt.Errorf("node agent: %w", err)
		}
	}

	ctx, stop := context.WithCancel(ctx)
	var watches sync.WaitGroup
	defer func() {
		stop()
		a.mu.Lock() // whoever loses a zone has begun, or sees that it is too late
		a.running = ctx
		a.mu.Unlock()
		watches.Wait() // no new worker from here on
		a.work.Wait()
	}()
	var have []cache.DoneChecker
	for _, n := range a.cfg.Nodes {
		inf := a.informer(n.Name)
		h, err := inf.AddEventHandler(a.handler(ctx))
		if err != nil {
			return fmt.Errorf("node agent: watching the pods of %s: %w", n.Name, err)
		}
		have = append(have, h.HasSyncedChecker())
		watches.Go(func() { inf.RunWithContext(ctx) })
	}
	a.mu.Lock()
	a.running = ctx
	a.mu.Unlock()
	if cache.WaitFor(ctx, "", have...) {
		close(a.synced)
	}
	<-ctx.Done()
	return nil
}

// leave gives the nodes' addresses back.
func (a *Agent) leave() {
	for _, n := range a.cfg.Nodes {
		if h := a.hosts[n.Name]; h.addr.IsValid() {
			a.cfg.Pool.Release(a.cfg.Clock.Now(), h.addr)
		}
	}
}

func (a *Agent) allocate(zone string) (netip.Addr, error) {
	addr, err := a.cfg.Pool.Allocate(a.cfg.Clock.Now(), zone)
	if err != nil {
		return netip.Addr{}, err
	}
	if err := checkAddress(addr); err != nil {
		a.cfg.Pool.Release(a.cfg.Clock.Now(), addr)
		return netip.Addr{}, err
	}
	return addr, nil
}

func (a *Agent) informer(node string) cache.SharedIndexInformer {
	f := informers.NewSharedInformerFactoryWithOptions(a.cfg.Client, 0,
		informers.WithTweakListOptions(func(o *metav1.ListOptions) {
			o.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", node).String()
		}),
		informers.WithTransform(func(o any) (any, error) {
			if p, ok := o.(*corev1.Pod); ok {
				p.ManagedFields = nil // a good part of a pod, and nothing to us
			}
			return o, nil
		}))
	inf := f.Core().V1().Pods().Informer()
	_ = inf.SetWatchErrorHandlerWithContext(func(ctx context.Context, _ *cache.Reflector, err error) { // fails only once it runs
		if ctx.Err() == nil {
			a.cfg.Log.Warn("watching pods: will try again", "node", node, "error", err)
		}
	})
	return inf
}

func (a *Agent) handler(ctx context.Context) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc: func(o any) { a.observe(ctx, o, false) },
		UpdateFunc: func(_, o any) {
			a.observe(ctx, o, false)
		},
		DeleteFunc: func(o any) {
			if d, ok := o.(cache.DeletedFinalStateUnknown); ok {
				o = d.Obj
			}
			a.observe(ctx, o, true)
		},
	}
}

// observe hands news of a pod to its worker. The worker stays in the books until the pod has left the API, so that late news
// of a pod that has ended never starts it again.
func (a *Agent) observe(ctx context.Context, o any, deleted bool) {
	pod, ok := o.(*corev1.Pod)
	if !ok || ctx.Err() != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.pods[pod.UID]
	if deleted {
		delete(a.pods, pod.UID)
		if w != nil {
			w.news(pod, true)
		}
		return
	}
	if w != nil {
		w.news(pod, false)
		return
	}
	h := a.hosts[pod.Spec.NodeName] // a fake API server doesn't know field selectors: look ourselves
	if h == nil || pod.Spec.NodeName == "" {
		return
	}
	w = newWorker(ctx, a, h, pod)
	a.pods[pod.UID] = w
	a.work.Go(func() { w.run(ctx) })
}

// Crash kills the container of a pod from outside, as a fault would; the agent notices and restarts it by the pod's restart
// policy. Errors: ErrNoPod.
func (a *Agent) Crash(namespace, name string) error {
	a.mu.Lock()
	var found *worker
	for _, w := range a.pods {
		if p, _ := w.latest(); p.Namespace == namespace && p.Name == name && w.instance() != nil {
			found = w
		}
	}
	a.mu.Unlock()
	if found == nil {
		return fmt.Errorf("crashing %s/%s: %w", namespace, name, ErrNoPod)
	}
	if in := found.instance(); in != nil {
		in.Kill()
	}
	return nil
}
