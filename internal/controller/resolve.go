package controller

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/names"
)

// resolver finds the names that objects are about, and sends the names on.
type resolver struct {
	client    client.Reader
	directory *kube.Directory
	store     *kube.Store
	services  engine.Services
	names     engine.Resolver
	home      kube.Home
	out       chan event.TypedGenericEvent[names.Ref]
}

// How long after a failure it is tried again: what a person must mend, and what
// may mend itself.
const (
	retryWrong = 30 * time.Second
	retrySoon  = 5 * time.Second
)

func (r *resolver) send(ctx context.Context, refs []names.Ref) {
	for _, ref := range refs {
		select {
		case r.out <- event.TypedGenericEvent[names.Ref]{Object: ref}:
		case <-ctx.Done():
			return
		}
	}
}

// migration resolves a ServiceMigration.
func (r *resolver) migration(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	k := engine.Key{Namespace: req.Namespace, Name: req.Name}
	m := &v1alpha1.ServiceMigration{}
	if err := r.client.Get(ctx, req.NamespacedName, m); err != nil {
		if client.IgnoreNotFound(err) == nil {
			r.send(ctx, r.directory.SetMigration(k, names.Ref{}))
			return reconcile.Result{}, nil
		}
		return reconcile.Result{}, err
	}
	src := kube.SourceOf(m, r.home)
	ref, err := engine.Resolve(ctx, r.services, r.names, src)
	if err == nil {
		r.send(ctx, r.directory.SetMigration(k, ref))
		return reconcile.Result{}, nil
	}
	if _, known := r.directory.Migration(k); known {
		// It was found before; the engine says what it does not see now.
		r.send(ctx, r.directory.SetMigration(k, mustRef(r.directory, k)))
		return reconcile.Result{RequeueAfter: retryWrong}, nil
	}
	w := cutover.Wait{Reason: cutover.WaitUnknown, Object: "ECS service " + src.String(), Text: err.Error()}
	after := retrySoon
	if errors.Is(err, names.ErrNotFound) || errors.Is(err, names.ErrInvalid) {
		w.Reason, after = cutover.WaitChecks, retryWrong
	}
	if err := r.store.Unresolved(ctx, k, w); err != nil {
		if errors.Is(err, names.ErrConflict) {
			return reconcile.Result{RequeueAfter: time.Second}, nil
		}
		return reconcile.Result{}, err
	}
	return reconcile.Result{RequeueAfter: after}, nil
}

func mustRef(d *kube.Directory, k engine.Key) names.Ref {
	ref, _ := d.Migration(k)
	return ref
}

// service resolves the names that a Service claims by annotation.
func (r *resolver) service(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	k := engine.Key{Namespace: req.Namespace, Name: req.Name}
	var svc corev1.Service
	if err := r.client.Get(ctx, req.NamespacedName, &svc); err != nil {
		if client.IgnoreNotFound(err) == nil {
			r.send(ctx, r.directory.SetService(k, nil))
			return reconcile.Result{}, nil
		}
		return reconcile.Result{}, err
	}
	var refs []names.Ref
	var again time.Duration
	for _, host := range hostnames(&svc) {
		ref, err := r.names.Lookup(ctx, host)
		switch {
		case err == nil:
			refs = append(refs, ref)
		case errors.Is(err, names.ErrNotFound):
			again = retryWrong // nothing is created by surprise
		default:
			again = retrySoon
			if old := r.directory.Service(k); len(old) > 0 {
				return reconcile.Result{RequeueAfter: again}, nil
			}
		}
	}
	r.send(ctx, r.directory.SetService(k, refs))
	return reconcile.Result{RequeueAfter: again}, nil
}

// hostnames are the names a headless Service claims, in either spelling of the
// annotation, sorted.
func hostnames(svc *corev1.Service) []string {
	if svc.Spec.ClusterIP != corev1.ClusterIPNone {
		return nil
	}
	var out []string
	for _, a := range []string{v1alpha1.AnnotationHostname, v1alpha1.AnnotationExternalDNSHostname} {
		for h := range strings.SplitSeq(svc.Annotations[a], ",") {
			if h = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(h), ".")); h != "" {
				out = append(out, h)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ofService lists the names that a Service has to do with: those it claims, and
// those of the migrations that lead to it.
func (r *resolver) ofService(ctx context.Context, k engine.Key) []names.Ref {
	refs := r.directory.Service(k)
	var list v1alpha1.ServiceMigrationList
	if err := r.client.List(ctx, &list, client.InNamespace(k.Namespace)); err != nil {
		return refs
	}
	for _, m := range list.Items {
		if m.Spec.Target.Service != k.Name {
			continue
		}
		if ref, ok := r.directory.Migration(engine.Key{Namespace: m.Namespace, Name: m.Name}); ok {
			refs = append(refs, ref)
		}
	}
	return refs
}

// ofPod lists the names that a pod may belong to.
func (r *resolver) ofPod(ctx context.Context, p *corev1.Pod) []names.Ref {
	var list corev1.ServiceList
	if err := r.client.List(ctx, &list, client.InNamespace(p.Namespace)); err != nil {
		return nil
	}
	var refs []names.Ref
	for _, s := range list.Items {
		if len(s.Spec.Selector) > 0 && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(p.Labels)) {
			refs = append(refs, r.ofService(ctx, engine.Key{Namespace: s.Namespace, Name: s.Name})...)
		}
	}
	return refs
}
