package lab

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/dns"
	"github.com/tranship/tranship/lab/node"
	"github.com/tranship/tranship/lab/node/standin"
	"github.com/tranship/tranship/lab/vpc"
)

// Options say what lab to start. Zero values are defaults.
type Options struct {
	Services           int           // ECS services, svc-001 and so on; default 12
	Tasks              int           // tasks of each; default 2
	NamesAlone         bool          // no ECS services: their names in Cloud Map alone, without instances
	Pods               int           // pods of each; default 2
	TTL                time.Duration // record TTL; default 5 s
	Seed               uint64        // of everything that is drawn; default 1
	Timing             string        // fast or aws; default fast
	Temper             string        // graceful, plain or rude; default graceful
	EKS                string        // none or ready; default none
	Namespace          string        // Cloud Map namespace; default external-dns-test.internal
	Region             string        // default ap-south-1
	Processes          bool          // stand-ins as OS processes of their own
	CustomHealth       bool          // the Cloud Map services have HealthCheckCustomConfig
	ReactionDeregister string        // ignore, reregister or replace
	ReactionHealth     string        // ignore, reassert or replace
	ReactionAfter      time.Duration
	Rates              string   // mcs, appmesh or unlimited, or a fraction such as mcs/10; default mcs
	Faults             []string // as fault.Parse reads them; the caller of Up says when they begin
	// NoKubernetes leaves out the control plane, and with it pods and controller.
	NoKubernetes bool
	// History bounds what the lab remembers of its past; 0: all of it, as the
	// oracle of a demo wants.
	History time.Duration
	// CoreDNS runs the cluster's DNS, for clients that look up through it: never,
	// always, after building it if need be, or built: if it is built already.
	// Default never.
	CoreDNS string
	// Slow is how long the slow requests of clients take; default 20 s.
	Slow time.Duration
	// Autoscaling makes each ECS service a scalable target: MIN:MAX tasks, tracking
	// CPUTarget per cent of CPU; "" for none. Utilisation states how many per cent
	// each task has as the lab starts; 0 states nothing, and nothing scales.
	Autoscaling     string
	Utilisation     float64
	ContainerHealth bool // the task definitions have a container health check
	CircuitBreaker  bool // deployments of the ECS services have one, with rollback
	ZoneRebalancing bool // AvailabilityZoneRebalancing of the ECS services is ENABLED
	// LoadBalancers runs the load balancer controller: Services of type
	// LoadBalancer and Ingresses get addresses.
	LoadBalancers     bool
	PacketLimit       bool          // the resolver drops more than dns.PacketsPerSecond of one interface
	ServeStale        time.Duration // past its TTL, while no name server answers; default 0
	QueryLog, FlowLog string        // files for the logs of the VPC; "" for none
	FlowFormat        string        // as CreateFlowLogs takes it; default version 2
	FlowInterval      time.Duration // aggregation; default 1 minute, in the timing's measure
	TargetGroups      bool          // each ECS service has a target group behind one internal load balancer
	TaskRoles         bool          // each ECS service has a task role
	// NamespaceInstances is how many instances the Cloud Map namespace may have; 0:
	// AWS's default quota, 2,000.
	NamespaceInstances int
	PodPrefixes        bool // pods have their addresses from /28 prefixes of their nodes, not as secondary addresses
	KeepLogs           int  // events that a log group keeps; default 200,000
	// OnQuery and OnFlow are given the same records as the files, one at a
	// time each. OnQuery is called with the model locked.
	OnQuery func(dns.QueryLog)
	OnFlow  func(vpc.Flow)
	// OnCall is given each request to AWS's endpoint, one at a time, and OnPod what
	// happens to the pods' containers. Both must return quickly.
	OnCall func(aws.Call)
	OnPod  func(node.Event)
	// Others are accounts and regions beside the lab's own, ACCOUNT/REGION, behind the
	// same endpoint: for the lab's key those of its account, the rest under RoleIn.
	Others []string
	// Shapes make service n+1 of the fleet another than the plain one; none: all are plain.
	Shapes []Shape
	// ARM adds a node of that architecture to each zone.
	ARM bool
	// Controllers of Kubernetes beside those that every lab runs, as
	// kube-controller-manager calls them.
	Controllers []string
	// Sees lets each task and each pod print at /sees what its containers see. Secrets
	// and Files look up what task definitions refer to: a secret by its valueFrom, an
	// environment file by its ARN.
	Sees    bool
	Secrets func(valueFrom string) (string, error)
	Files   func(arn string) ([]byte, error)
	// Busy is how often the controller looks at a name in motion; 0: as often as the
	// timing makes sense. Many names at once need more, or the rates of ECS' reads do not
	// suffice and the controller knows nothing that is young enough to act on.
	Busy time.Duration
	// Tranship is the binary that is run as the controller; "" runs none.
	Tranship string
	// ControllerLog gets what the controller prints.
	ControllerLog io.Writer
	Progress      io.Writer
}

// Account and cluster of every lab.
const (
	Account    = "123456789012"
	ECSCluster = "lab"
	// KubeNamespace is where the pods run.
	KubeNamespace = "default"
	// Port of the stand-ins.
	Port = 8080
)

func (o Options) withDefaults() (Options, error) {
	def := func(n *int, v int) {
		if *n == 0 {
			*n = v
		}
	}
	text := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&o.Services, 12)
	def(&o.Tasks, 2)
	def(&o.Pods, 2)
	if o.TTL == 0 {
		o.TTL = 5 * time.Second
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	text(&o.Timing, "fast")
	text(&o.Rates, cloud.DefaultRates)
	text(&o.Temper, string(standin.Graceful))
	text(&o.EKS, "none")
	text(&o.CoreDNS, "never")
	if o.Slow == 0 {
		o.Slow = 20 * time.Second
	}
	text(&o.Namespace, "external-dns-test.internal")
	text(&o.Region, "ap-south-1")
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if o.ControllerLog == nil {
		o.ControllerLog = io.Discard
	}
	if err := o.checkOthers(); err != nil {
		return o, err
	}
	switch {
	case o.Services < 1 || o.Services > MaxServices:
		return o, fmt.Errorf("services: %d is not between 1 and %d", o.Services, MaxServices)
	case o.Tasks < 1 || o.Pods < 1:
		return o, fmt.Errorf("tasks and pods: at least 1 each, got %d and %d", o.Tasks, o.Pods)
	case len(o.Shapes) > o.Services:
		return o, fmt.Errorf("shapes: %d are more than the %d services", len(o.Shapes), o.Services)
	case o.Services*o.Tasks > maxAddresses || o.EKS == "ready" && o.Services*o.Pods > maxAddresses:
		return o, fmt.Errorf("%d services of %d tasks and %d pods do not fit into the subnets of the lab: %d tasks, and as many pods",
			o.Services, o.Tasks, o.Pods, maxAddresses)
	case o.TTL < time.Second || o.TTL%time.Second != 0:
		return o, fmt.Errorf("ttl: %s is not in whole seconds", o.TTL)
	case o.ServeStale < 0 || o.FlowInterval < 0:
		return o, fmt.Errorf("serve-stale and flow-interval: not below 0, got %s and %s", o.ServeStale, o.FlowInterval)
	case o.Slow < 0 || o.Slow > standin.DefaultMaxSlow:
		return o, fmt.Errorf("slow: %s is not between 0s and %s", o.Slow, standin.DefaultMaxSlow)
	case o.CoreDNS != "never" && o.CoreDNS != "built" && o.CoreDNS != "always":
		return o, fmt.Errorf("coredns: %q is none of never, built, always", o.CoreDNS)
	case o.KeepLogs < 0:
		return o, fmt.Errorf("keep-logs: not below 0, got %d", o.KeepLogs)
	case o.EKS != "none" && o.EKS != "ready":
		return o, fmt.Errorf("eks: %q is neither none nor ready", o.EKS)
	case o.NoKubernetes && (o.EKS == "ready" || o.Tranship != "" || o.LoadBalancers):
		return o, errors.New("kubernetes: pods, load balancers and the controller need it")
	case o.History < 0:
		return o, fmt.Errorf("history: not below 0, got %s", o.History)
	}
	if _, err := cloud.RatesNamed(o.Rates); err != nil {
		return o, err
	}
	if _, err := o.parseFaults(); err != nil {
		return o, err
	}
	if _, err := standin.ParseTemper(o.Temper); err != nil {
		return o, err
	}
	if _, err := o.timing(); err != nil {
		return o, err
	}
	if _, err := vpc.ParseFormat(o.FlowFormat); err != nil {
		return o, err
	}
	if _, err := o.reactions(); err != nil {
		return o, err
	}
	if _, _, err := o.capacity(); err != nil {
		return o, err
	}
	if o.Utilisation < 0 || o.Utilisation > 0 && o.Autoscaling == "" {
		return o, fmt.Errorf("utilisation: %g needs --autoscaling, and to be above 0", o.Utilisation)
	}
	return o, nil
}

func (o Options) timing() (cloud.Timing, error) { return cloud.TimingNamed(o.Timing) }

func (o Options) reactions() (cloud.Reactions, error) {
	r := cloud.Reactions{After: o.ReactionAfter}
	var ok bool
	if r.Deregister, ok = map[string]cloud.Reaction{"": cloud.Ignore, "ignore": cloud.Ignore, "reregister": cloud.Reregister, "replace": cloud.Replace}[o.ReactionDeregister]; !ok {
		return r, fmt.Errorf("reaction-deregister: %q is none of ignore, reregister, replace", o.ReactionDeregister)
	}
	if r.Health, ok = map[string]cloud.Reaction{"": cloud.Ignore, "ignore": cloud.Ignore, "reassert": cloud.Reassert, "replace": cloud.Replace}[o.ReactionHealth]; !ok {
		return r, fmt.Errorf("reaction-health: %q is none of ignore, reassert, replace", o.ReactionHealth)
	}
	return r, nil
}

// MaxServices is how many services a lab has at most.
const MaxServices = 5000

// CPUTarget is what the scaling policies of the fleet track, in per cent.
const CPUTarget = 60

// capacity is the range of Autoscaling; 0 and 0 where there is none.
func (o Options) capacity() (least, most int, err error) {
	if o.Autoscaling == "" {
		return 0, 0, nil
	}
	if n, err := fmt.Sscanf(o.Autoscaling, "%d:%d", &least, &most); n != 2 || err != nil ||
		o.Autoscaling != fmt.Sprintf("%d:%d", least, most) || least < 0 || most < max(least, 1) {
		return 0, 0, fmt.Errorf("autoscaling: %q is no MIN:MAX such as 2:6", o.Autoscaling)
	}
	if o.Tasks < least || o.Tasks > most {
		return 0, 0, fmt.Errorf("autoscaling: %d tasks of each service are outside of %s", o.Tasks, o.Autoscaling)
	}
	return least, most, nil
}

// ServiceName is the name of service n, from 1.
func ServiceName(n int) string { return fmt.Sprintf("svc-%03d", n) }

// profiles names what every figure of the lab depends on.
func (l *Lab) profiles() string {
	return "timing " + l.timing.Name + ", rates " + l.rates.Name
}
