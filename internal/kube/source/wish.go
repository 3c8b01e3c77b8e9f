package source

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The kinds of objects that ask for names.
const (
	KindService   = "Service"
	KindIngress   = "Ingress"
	KindHTTPRoute = "HTTPRoute"
	KindGRPCRoute = "GRPCRoute"
	KindTLSRoute  = "TLSRoute"
)

// Wish is that one object asks for one name.
type Wish struct {
	Kind, Namespace, Object string
	UID                     string
	Created                 time.Time
	Host                    string // lower case, without a trailing dot
	TTL                     *int64 // seconds; nil: none said
	// Pods: the pods of a headless Service serve the name, each as an instance
	// of its own. Endpoints says which.
	Pods bool
	// OnlyPod is the one pod that this wish is about: spec.hostname of a pod
	// gives it a name below the Service's. It is an offer more than a demand,
	// because every pod of a StatefulSet makes one: where the name does not
	// exist, nobody has to be told.
	OnlyPod string
	// Targets are addresses and host names that lead to the object, sorted.
	// Neither Pods nor any Targets: there are none yet, such as before a load
	// balancer has an address.
	Targets []string
	// Ports of the Service, for SRV records.
	Ports []Port
}

// Port is one of a Service.
type Port struct {
	Name     string
	Protocol string // TCP, UDP or SCTP
	Port     int32
}

// Compare orders wishes by host, then by object.
func (w Wish) Compare(o Wish) int {
	return cmp.Or(cmp.Compare(w.Host, o.Host), cmp.Compare(w.OnlyPod, o.OnlyPod),
		cmp.Compare(w.Kind, o.Kind), cmp.Compare(w.Namespace, o.Namespace), cmp.Compare(w.Object, o.Object))
}

// Reasons of Problems.
const (
	ReasonInvalidHost    = "InvalidHostname"
	ReasonWildcard       = "WildcardHostname"
	ReasonInvalidTTL     = "InvalidTTL"
	ReasonInvalidTarget  = "InvalidTarget"
	ReasonInvalidValue   = "InvalidAnnotation"
	ReasonNotPublished   = "ClusterIPNotPublished"
	ReasonNoSelector     = "NoSelector"
	ReasonTemplate       = "TemplateFailed"
	ReasonNoGateway      = "GatewayNotFound"
	ReasonInvalidGateway = "InvalidGateway"
	ReasonNoListener     = "HostnameOnNoListener" // of an annotation
)

// Problem is something about an object that a person has to mend.
type Problem struct {
	Reason string // one of those above
	Text   string // what is wrong, and what to do
}

// about is one reading of one object: it gathers wishes and problems.
type about struct {
	s        *Source
	base     Wish
	wishes   map[key]*Wish
	problems map[Problem]bool
}

type key struct{ host, pod string }

func (s *Source) about(kind string, o client.Object) *about {
	return &about{
		s: s, wishes: map[key]*Wish{}, problems: map[Problem]bool{},
		base: Wish{
			Kind: kind, Namespace: o.GetNamespace(), Object: o.GetName(),
			UID: string(o.GetUID()), Created: o.GetCreationTimestamp().Time,
		},
	}
}

func (a *about) problem(reason, format string, args ...any) {
	a.problems[Problem{reason, fmt.Sprintf(format, args...)}] = true
}

// given is what stands behind a host.
type given struct {
	pods    bool
	targets []string
	nothing bool     // nothing ever will, by the contract
	why     *Problem // what a person should know of it
}

// ask adds a wish for a host, where it is one that may be asked for.
func (a *about) ask(said said, g given) {
	host, ok := a.host(said)
	if !ok {
		return
	}
	if g.why != nil {
		a.problems[*g.why] = true
	}
	if g.nothing {
		return
	}
	if a.s.forceDefaults || !g.pods && len(g.targets) == 0 && len(a.s.defaultTargets) > 0 {
		g.pods, g.targets = false, a.s.defaultTargets
	}
	targets := a.s.keep(g.targets)
	if len(targets) == 0 && len(g.targets) > 0 {
		return // filtered out, all of them
	}
	a.add(key{host: host}, g.pods, targets)
}

// add asks for a name once, however often it is said.
func (a *about) add(k key, pods bool, targets []string) {
	w := a.wishes[k]
	if w == nil {
		c := a.base
		c.Host, c.OnlyPod = k.host, k.pod
		w = &c
		a.wishes[k] = w
	}
	w.Pods = w.Pods || pods
	w.Targets = append(w.Targets, targets...)
}

// done sorts what was found.
func (a *about) done() ([]Wish, []Problem) {
	var wishes []Wish
	for _, w := range a.wishes {
		slices.Sort(w.Targets)
		w.Targets = slices.Compact(w.Targets)
		wishes = append(wishes, *w)
	}
	slices.SortFunc(wishes, Wish.Compare)
	var problems []Problem
	for p := range a.problems {
		problems = append(problems, p)
	}
	slices.SortFunc(problems, func(x, y Problem) int {
		return cmp.Or(cmp.Compare(x.Reason, y.Reason), cmp.Compare(x.Text, y.Text))
	})
	return wishes, problems
}
