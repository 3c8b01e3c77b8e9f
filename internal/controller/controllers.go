package controller

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

// controllers is the one list of them.
func controllers(mgr manager.Manager, r *resolver, all []kind, e *engine.Engine, j *journal, o Options) error {
	errs := []error{
		resolving(mgr, "migrations", &v1alpha1.ServiceMigration{}, r.migration, wishes()),
		stepping(mgr, r, e, j, o),
	}
	r.retry = map[string]chan event.GenericEvent{}
	for _, k := range all {
		retry := make(chan event.GenericEvent, 1024)
		r.retry[keyKind(k.name)] = retry
		also := append(slices.Clone(k.also), source.Channel(retry, &handler.EnqueueRequestForObject{}))
		errs = append(errs, resolving(mgr, plural(k.name), k.make(), r.claimant(k), asksOtherwise(), also...))
	}
	return errors.Join(errs...)
}

// plural is what a kind's controller is called, in logs and metrics.
func plural(kind string) string {
	name := strings.ToLower(kind)
	if strings.HasSuffix(name, "s") {
		return name + "es"
	}
	return name + "s"
}

// resolving finds the names of one kind of object. also are events of others that
// change what it asks for.
func resolving(mgr manager.Manager, name string, obj client.Object, f reconcile.Func, changed predicate.Predicate, also ...source.Source) error {
	c, err := controller.New(name, mgr, controller.Options{
		Reconciler: f, MaxConcurrentReconciles: 8, SkipNameValidation: new(true),
		RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](errorFirst, errorMost),
	})
	if err != nil {
		return err
	}
	errs := []error{c.Watch(source.Kind(mgr.GetCache(), obj, &handler.EnqueueRequestForObject{}, changed))}
	for _, s := range also {
		errs = append(errs, c.Watch(s))
	}
	return errors.Join(errs...)
}

// wishes lets through what a person or GitOps changed, and not what we wrote
// into the status.
func wishes() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{}, predicate.Funcs{
		UpdateFunc: func(u event.UpdateEvent) bool {
			return !u.ObjectNew.GetDeletionTimestamp().Equal(u.ObjectOld.GetDeletionTimestamp())
		},
	})
}

// asksOtherwise lets through what may change what an object asks for, which the
// address of a load balancer in its status does. Conditions of ours in a Service
// do not.
func asksOtherwise() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(u event.UpdateEvent) bool {
		a, ok := u.ObjectOld.(*corev1.Service)
		if !ok {
			return u.ObjectOld.GetResourceVersion() != u.ObjectNew.GetResourceVersion()
		}
		b, ok := u.ObjectNew.(*corev1.Service)
		return ok && (!equality.Semantic.DeepEqual(a.Spec, b.Spec) || !equality.Semantic.DeepEqual(a.Status.LoadBalancer, b.Status.LoadBalancer) ||
			!maps.Equal(a.Annotations, b.Annotations) || !maps.Equal(a.Labels, b.Labels) || !a.DeletionTimestamp.Equal(b.DeletionTimestamp))
	}}
}

// stepping is the work queue over names: whatever happens only enqueues a Ref,
// and a Ref is with one worker at a time.
func stepping(mgr manager.Manager, r *resolver, e *engine.Engine, j *journal, o Options) error {
	c, err := controller.NewTyped("names", mgr, controller.TypedOptions[names.Ref]{
		Reconciler: reconcile.TypedFunc[names.Ref](func(ctx context.Context, ref names.Ref) (reconcile.Result, error) {
			return step(ctx, e, j, r.again, ref)
		}),
		MaxConcurrentReconciles: o.Concurrency, SkipNameValidation: new(true),
		RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[names.Ref](errorFirst, errorMost),
	})
	if err != nil {
		return err
	}
	// Each turns an object's event into the names it concerns.
	return errors.Join(
		c.Watch(source.TypedChannel(r.out, handler.TypedEnqueueRequestsFromMapFunc(func(_ context.Context, ref names.Ref) []names.Ref {
			return []names.Ref{ref}
		}))),
		c.Watch(source.TypedKind(mgr.GetCache(), &corev1.Pod{}, handler.TypedEnqueueRequestsFromMapFunc(func(_ context.Context, p *corev1.Pod) []names.Ref {
			return r.directory.OfPod(p.Namespace, p.Labels)
		}))),
		c.Watch(source.TypedKind(mgr.GetCache(), &corev1.Service{}, handler.TypedEnqueueRequestsFromMapFunc(func(_ context.Context, s *corev1.Service) []names.Ref {
			return r.directory.OfService(engine.Key{Namespace: s.Namespace, Name: s.Name})
		}), servesOtherwise())),
		c.Watch(source.TypedKind[*v1alpha1.ServiceMigration, names.Ref](mgr.GetCache(), &v1alpha1.ServiceMigration{}, handler.TypedEnqueueRequestsFromMapFunc(func(_ context.Context, m *v1alpha1.ServiceMigration) []names.Ref {
			if ref, ok := r.directory.Migration(engine.Key{Namespace: m.Namespace, Name: m.Name}); ok {
				return []names.Ref{ref}
			}
			return nil
		}), predicate.Or[*v1alpha1.ServiceMigration](
			predicate.TypedGenerationChangedPredicate[*v1alpha1.ServiceMigration]{},
			predicate.TypedAnnotationChangedPredicate[*v1alpha1.ServiceMigration]{},
		))),
	)
}

// servesOtherwise lets through what changes which pods a Service has; the
// conditions that we write do not.
func servesOtherwise() predicate.TypedPredicate[*corev1.Service] {
	return predicate.TypedFuncs[*corev1.Service]{UpdateFunc: func(u event.TypedUpdateEvent[*corev1.Service]) bool {
		return !equality.Semantic.DeepEqual(u.ObjectOld.Spec, u.ObjectNew.Spec) || !maps.Equal(u.ObjectOld.Annotations, u.ObjectNew.Annotations)
	}}
}

// How long after an error a look is taken again: it doubles from first to most.
const (
	errorFirst = 500 * time.Millisecond
	errorMost  = 30 * time.Second
	// conflictAfter is when a cache has what somebody else wrote.
	conflictAfter = 200 * time.Millisecond
)

// step is one look at one name.
func step(ctx context.Context, e *engine.Engine, j *journal, gone func(context.Context, names.Ref), ref names.Ref) (reconcile.Result, error) {
	began := e.Clock.Now()
	res, err := e.StepName(ctx, ref)
	if res.Gone {
		gone(ctx, ref)
	}
	now := e.Clock.Now()
	j.stepped(now.Sub(began), err)
	next := reconcile.Result{RequeueAfter: max(time.Millisecond, res.At.Sub(now))}
	switch {
	case errors.Is(err, names.ErrConflict):
		return reconcile.Result{RequeueAfter: conflictAfter}, nil // somebody was faster: look again
	case err != nil && ctx.Err() != nil:
		return reconcile.Result{}, nil //nolint:nilerr // told to end: the next process goes on
	case err != nil && !res.At.IsZero():
		// The step came to its end, some of its calls did not. When they are due
		// again the engine knows.
		log.FromContext(ctx).Info("step not complete", "name", ref.String(), "error", err.Error())
		return next, nil
	case err != nil:
		return reconcile.Result{}, err
	case res.At.IsZero():
		return reconcile.Result{}, nil
	}
	return next, nil
}
