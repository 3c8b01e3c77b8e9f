package convert

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/internal/inventory"
)

// ErrNoTask says that what the service runs is not known.
var ErrNoTask = errors.New("its task definition is not known")

// ErrIncomplete says that a task definition lacks what ECS demands of each: a container,
// or the image of one.
var ErrIncomplete = errors.New("its task definition is not whole")

// The documents of a ledger.
const (
	taskDocument      = "taskDefinition"
	serviceDocument   = "service"
	targetDocument    = "scalableTarget"
	policyDocument    = "scalingPolicy"   // :name follows
	scheduledDocument = "scheduledAction" // :name follows
)

// conversion is a service on its way. The steps fill it in, one after the other.
type conversion struct {
	in    Input
	opts  Options
	books []*ledger.Book

	task, service, target ledger.Node
	policies, scheduled   []ledger.Node

	name, namespace string
	labels          map[string]string // of everything that is made
	selector        map[string]string // of its pods
	daemon          bool              // a DaemonSet, no Deployment
	scaled          bool              // a HorizontalPodAutoscaler counts its pods
	tags            tags              // that the workload has
	pod             corev1.PodTemplateSpec
	deployment      appsv1.DeploymentSpec // strategy and replicas; the rest is filled in by assemble
	daemonSet       appsv1.DaemonSetSpec
	containers      []*container // each behind those that it waits for
	leads           []*lead      // the Services that are asked for
	crosses         bool         // a Cloud Map name leads to it
	crossing        int32        // the port that clients of the name use; 0 if that is not said
	bound           int          // target groups
	objects         []Object
	notes           []Note // on the workload

	ofPod
}

// container is one of the task's containers on its way.
type container struct {
	ecs ledger.Node
	corev1.Container
	notes []Note // at paths below the container
	// init says that it runs to its end before the others start; sidecar that it starts
	// before them and stops after them; awaited that others wait until it is healthy.
	init, sidecar, awaited bool
}

// steps are taken in this order; each reads and settles the fields of its subject,
// which its file names, and leaves what it made in the conversion.
var steps = slices.Concat([]func(*conversion){(*conversion).identify}, taskSteps, serviceSteps)

// Convert works out what a service is on Kubernetes.
// Errors: ErrNoTask; ErrIncomplete; ledger.ErrDocument.
func Convert(in Input, opts Options) (Result, error) {
	s := in.Service
	fail := func(err error) (Result, error) {
		return Result{}, fmt.Errorf("convert the ECS service %s/%s: %w", s.Cluster, s.Name, err)
	}
	if len(in.Task.Document) == 0 {
		return fail(fmt.Errorf("%w: %s", ErrNoTask, s.TaskDefinition))
	}
	c := &conversion{in: in, opts: opts.withDefaults()}
	if err := c.open(); err != nil {
		return fail(err)
	}
	for _, step := range steps {
		step(c)
	}
	if len(c.containers) == 0 {
		return fail(fmt.Errorf("%w: it has no container", ErrIncomplete))
	}
	for _, k := range c.containers {
		if k.Image == "" {
			return fail(fmt.Errorf("%w: its container %q has no image", ErrIncomplete, k.ecs.Field("name").Text()))
		}
	}
	c.assemble()
	r := Result{
		Place: s.Place, Cluster: s.Cluster, Service: s.Name,
		Name: c.name, Namespace: c.namespace, Objects: c.objects,
	}
	for _, b := range c.books {
		entries, asked := b.Close()
		r.Entries, r.Decisions = append(r.Entries, entries...), append(r.Decisions, asked...)
	}
	return r, nil
}

// open reads the documents.
func (c *conversion) open() error {
	chosen := maps.Clone(c.opts.Chosen)
	if chosen == nil {
		chosen = map[string]string{}
	}
	maps.Copy(chosen, c.in.Chosen)
	read := func(name string, data inventory.Document) (ledger.Node, error) {
		if len(data) == 0 {
			data = inventory.Document("{}")
		}
		kind, _, _ := strings.Cut(name, ":")
		b, err := ledger.Open(name, data, known(kind), chosen)
		if err != nil {
			return ledger.Node{}, err
		}
		c.books = append(c.books, b)
		return b.Root(), nil
	}
	var errs []error
	one := func(to *ledger.Node, name string, data inventory.Document) {
		n, err := read(name, data)
		*to, errs = n, append(errs, err)
	}
	one(&c.task, taskDocument, c.in.Task.Document)
	one(&c.service, serviceDocument, c.in.Service.Document)
	var several inventory.Scaling
	if c.in.Service.Scaling != nil {
		several = *c.in.Service.Scaling
	}
	one(&c.target, targetDocument, several.Target)
	list := func(to *[]ledger.Node, kind, key string, docs []inventory.Document) {
		for i, d := range docs {
			n, err := read(fmt.Sprintf("%s:%s", kind, textOf(d, key, i)), d)
			*to, errs = append(*to, n), append(errs, err)
		}
	}
	list(&c.policies, policyDocument, "PolicyName", several.Policies)
	list(&c.scheduled, scheduledDocument, "ScheduledActionName", several.Scheduled)
	return errors.Join(errs...)
}

// add appends an object to those that are made, with the labels and the namespace
// that all have.
func (c *conversion) add(o interface {
	runtime.Object
	metav1.Object
}, notes ...Note) {
	kind := o.GetObjectKind().GroupVersionKind().Kind
	if o.GetNamespace() == "" && !slices.Contains(clusterScoped, kind) {
		o.SetNamespace(c.namespace)
	}
	labels := map[string]string{}
	for k, v := range c.labels {
		labels[k] = v
	}
	for k, v := range o.GetLabels() {
		labels[k] = v
	}
	if kind == "Deployment" || kind == "DaemonSet" {
		c.tags.stamp(o, labels)
	}
	o.SetLabels(labels)
	slices.SortStableFunc(notes, func(a, b Note) int { return strings.Compare(a.Path, b.Path) })
	c.objects = append(c.objects, Object{Object: o, Notes: notes})
}

// has says that an object was added.
func (c *conversion) has(kind, namespace, name string) bool {
	return slices.ContainsFunc(c.objects, func(o Object) bool {
		m, ok := o.Object.(metav1.Object)
		return ok && o.GetObjectKind().GroupVersionKind().Kind == kind && m.GetNamespace() == namespace && m.GetName() == name
	})
}

// clusterScoped are the kinds that belong to no namespace.
var clusterScoped = []string{"Namespace", "StorageClass", "PersistentVolume"}

// assemble makes the workload of what the steps left, and puts the objects in order.
func (c *conversion) assemble() {
	for _, k := range c.containers {
		at, list := "initContainers", &c.pod.Spec.InitContainers
		if !k.init && !k.sidecar {
			at, list = "containers", &c.pod.Spec.Containers
		}
		for _, n := range k.notes {
			c.note(strings.TrimSuffix(fmt.Sprintf("%s.%s.%d.%s", specOf, at, len(*list), n.Path), "."), n.Text)
		}
		*list = append(*list, k.Container)
	}
	slices.SortStableFunc(c.notes, func(a, b Note) int { return strings.Compare(a.Path, b.Path) })
	if c.daemon {
		c.daemonSet.Selector, c.daemonSet.Template = &metav1.LabelSelector{MatchLabels: c.selector}, c.pod
		c.add(&appsv1.DaemonSet{
			TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "DaemonSet"},
			ObjectMeta: metav1.ObjectMeta{Name: c.name, Annotations: c.annotations}, Spec: c.daemonSet,
		}, c.notes...)
	} else {
		c.deployment.Selector, c.deployment.Template = &metav1.LabelSelector{MatchLabels: c.selector}, c.pod
		c.add(&appsv1.Deployment{
			TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
			ObjectMeta: metav1.ObjectMeta{Name: c.name, Annotations: c.annotations}, Spec: c.deployment,
		}, c.notes...)
	}
	slices.SortStableFunc(c.objects, func(a, b Object) int { return place(a) - place(b) })
}

// order is in which order kinds are applied: what others need comes first.
var order = []string{
	"Namespace", "ServiceAccount", "ConfigMap", "SecretProviderClass", "ExternalSecret",
	"StorageClass", "PersistentVolume", "PersistentVolumeClaim", "SecurityGroupPolicy",
	"NetworkPolicy", "Service", "TargetGroupBinding", "PodDisruptionBudget", "Deployment", "DaemonSet",
	"HorizontalPodAutoscaler", "ScaledObject", "ServiceMigration",
}

func place(o Object) int { return slices.Index(order, o.GetObjectKind().GroupVersionKind().Kind) }
