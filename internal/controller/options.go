package controller

import (
	"cmp"
	"errors"
	"os"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"

	"github.com/tranship/tranship/internal/cutover"
)

// Options of a controller.
type Options struct {
	REST *rest.Config // required
	// Identity in the lease. A process that finds its own there takes over at
	// once; default: the host name, which is the pod's name in a cluster.
	Identity       string
	LeaseNamespace string // default tranship-system
	Region         string // AWS; default: AWS_REGION or the profile
	// Owner is the mark on our instances; default: the UID of the namespace
	// kube-system, which stays with a cluster.
	Owner string
	// Allow is NAMESPACE=CLUSTER/GLOB: who may take which ECS services.
	Allow []string
	// Declared bounds; see cutover.Bounds. Defaults are those of AWS.
	Propagation, Operation, Health, TaskStart time.Duration
	Caches                                    []cutover.Cache
	Busy, Rest                                time.Duration
	Concurrency                               int    // names looked at, at the same time; default 16
	MetricsAddress, HealthAddress             string // "" or "0": none
	InstallCRDs                               bool
	Version                                   string
	Log                                       logr.Logger
}

// Leader election: LeaseName is where the Lease is looked for. A lost process may still send for as long as a call takes
// after its lease was last renewed: that is Bounds.Flight.
const (
	LeaseName      = "tranship-controller"
	LeaseNamespace = "tranship-system" // unless Options say otherwise
	leaseFor       = 15 * time.Second
	renewDeadline  = 10 * time.Second
	retryPeriod    = 2 * time.Second
)

func (o Options) withDefaults() (Options, error) {
	if o.REST == nil {
		return o, errors.New("controller: no Kubernetes configuration")
	}
	if o.Identity == "" {
		host, err := os.Hostname()
		if err != nil {
			return o, errors.New("the host name is not known: give an --identity")
		}
		o.Identity = host
	}
	o.LeaseNamespace = cmp.Or(o.LeaseNamespace, LeaseNamespace)
	o.Propagation = cmp.Or(o.Propagation, 60*time.Second)
	o.Operation = cmp.Or(o.Operation, 6*time.Second)
	o.Health = cmp.Or(o.Health, 30*time.Second)
	o.TaskStart = cmp.Or(o.TaskStart, 2*time.Minute)
	o.Busy = cmp.Or(o.Busy, 2*time.Second)
	o.Rest = cmp.Or(o.Rest, time.Minute)
	o.Concurrency = cmp.Or(o.Concurrency, 16)
	o.MetricsAddress = cmp.Or(o.MetricsAddress, "0")
	o.HealthAddress = cmp.Or(o.HealthAddress, "0")
	o.Version = cmp.Or(o.Version, "devel")
	return o, nil
}
