package controller

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube/gate"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
	"github.com/tranship/tranship/internal/registrar"
)

// Options of a controller.
type Options struct {
	REST *rest.Config // required
	// Identity in the lease. A process that finds its own there takes over at
	// once; default: the host name, which is the pod's name in a cluster.
	Identity       string
	LeaseNamespace string // default tranship-system
	Region         string // AWS; default: AWS_REGION or the profile
	// Accounts to work in beside those credentials' own; see clients.ParseAccount.
	Accounts []string
	// RateShare is the part of an account's rates that is taken; default pace.Share.
	RateShare float64
	// Owner is the mark on our instances; default: the UID of the namespace
	// kube-system, which stays with a cluster.
	Owner string
	// Allow is NAMESPACE=CLUSTER/GLOB: who may take which ECS services.
	Allow []string
	// Declared bounds; see cutover.Bounds. Defaults are those of AWS.
	Propagation, Operation, Health, TaskStart time.Duration
	Caches                                    []cutover.Cache
	// Which objects ask for names, and how they are read.
	Sources []string // of Sources; none: all that the cluster has
	Filters source.Options
	// Steady state; see engine.Config.
	Policy      registrar.Policy
	DryRun      bool
	Compare     time.Duration
	MostRecords int
	// MostAbandoned bounds how many names may lose their instances at once because
	// nobody asks for them.
	MostAbandoned int
	// Create is NAMESPACE=HOSTS: who may have Cloud Map services created for which
	// names. CreateNamespaces is NAME=vpc-ID, public or http. CreateUnasked: no
	// annotation is needed. CreateTTL in seconds.
	Create, CreateNamespaces []string
	CreateUnasked            bool
	CreateTTL                int64
	CreateTags               map[string]string // beside names.TagOwner
	DeleteEmpty              bool
	// ZoneType is public or private: names are looked for in such namespaces only;
	// "": in all.
	ZoneType string
	// GateTimeout: see engine.Config; default gate.DefaultTimeout, less than 0 none.
	GateTimeout time.Duration
	GateClosed  bool
	// WebhookAddress is where the webhook listens that puts the gate into pods;
	// "": none. WebhookURL: see gate.Config.
	WebhookAddress, WebhookURL string
	// Resolvers are asked what names answer, as HOST:PORT; none: those of the
	// system. NoResolver: nobody is asked.
	Resolvers                                   []string
	NoResolver                                  bool
	Busy, Rest                                  time.Duration
	Concurrency                                 int    // names looked at, at the same time; default 16
	MetricsAddress, HealthAddress, PprofAddress string // "" or "0": none
	InstallCRDs                                 bool
	Version                                     string
	Log                                         logr.Logger
}

// Leader election: LeaseName is where the Lease is looked for. A lost process may still send for as long as a call takes
// after its lease was last renewed: that is Bounds.Flight.
const (
	LeaseName      = "tranship-controller"
	LeaseNamespace = "tranship-system" // unless Options say otherwise
	leaseFor       = 8 * time.Second
	renewDeadline  = 4500 * time.Millisecond
	retryPeriod    = 500 * time.Millisecond
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
	o.RateShare = cmp.Or(o.RateShare, pace.Share)
	o.CreateTTL = cmp.Or(o.CreateTTL, DefaultTTL)
	o.GateTimeout = cmp.Or(o.GateTimeout, gate.DefaultTimeout)
	o.Version = cmp.Or(o.Version, "devel")
	return o, nil
}

// creating reads who may create what.
func (o Options) creating(e *engine.Engine) (creating, error) {
	rules, err := parseCreate(o.Create)
	if err != nil {
		return creating{}, err
	}
	ns, err := parseCreateNamespaces(o.CreateNamespaces)
	return creating{engine: e, rules: rules, namespaces: ns, unasked: o.CreateUnasked, ttl: o.CreateTTL}, err
}

// zoneKinds are the kinds of namespaces that names are looked for in; none: all.
func (o Options) zoneKinds() ([]names.ZoneKind, error) {
	switch o.ZoneType {
	case "":
		return nil, nil
	case "public":
		return []names.ZoneKind{names.PublicZone}, nil
	case "private":
		return []names.ZoneKind{names.PrivateZone}, nil
	}
	return nil, fmt.Errorf("--aws-zone-type %s: it is public or private", o.ZoneType)
}

// tags are those of what we create: whose it is, and what an administrator wants.
func (o Options) tags() map[string]string {
	tags := maps.Clone(o.CreateTags)
	if tags == nil {
		tags = map[string]string{}
	}
	tags[names.TagOwner] = o.Owner
	return tags
}

// Check refuses options in which a word would silently do nothing.
func (o Options) Check() error {
	_, err := o.creating(nil)
	_, ferr := source.New(o.Filters)
	_, zerr := o.zoneKinds()
	_, aerr := accounts(o.Accounts)
	return errors.Join(CheckAllow(o.Allow), CheckSources(o.Sources), err, ferr, zerr, aerr)
}
