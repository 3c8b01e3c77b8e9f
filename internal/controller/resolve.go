package controller

import (
	"context"
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	create    creating
	home      kube.Home
	event     func(obj client.Object, e cutover.Event)
	out       chan event.TypedGenericEvent[names.Ref]
	retry     map[string]chan event.GenericEvent // by kind of key
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

// again looks up anew what leads to a name whose service is gone.
func (r *resolver) again(ctx context.Context, ref names.Ref) {
	_, claimants := r.directory.Of(ref)
	for _, k := range claimants {
		obj := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: k.Namespace, Name: k.Name}}
		select {
		case r.retry[k.Kind] <- event.GenericEvent{Object: obj}:
		case <-ctx.Done():
			return
		}
	}
}

// migration resolves a ServiceMigration.
func (r *resolver) migration(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	k := engine.Key{Namespace: req.Namespace, Name: req.Name}
	defer r.directory.Looked(migrationKey(k.Namespace, k.Name))
	m := &v1alpha1.ServiceMigration{}
	if err := r.client.Get(ctx, req.NamespacedName, m); err != nil {
		if client.IgnoreNotFound(err) == nil {
			r.send(ctx, r.directory.SetTarget(k, engine.Key{}))
			r.send(ctx, r.directory.SetMigration(k, names.Ref{}))
			return reconcile.Result{}, nil
		}
		return reconcile.Result{}, err
	}
	r.send(ctx, r.directory.SetTarget(k, engine.Key{Namespace: k.Namespace, Name: m.Spec.Target.Service}))
	// A name that is known stays: the source of a migration is immutable, and
	// the engine says what it does not see any more.
	ref, known := kube.PinnedRef(m)
	if !known {
		ref, known = r.directory.Migration(k)
	}
	if known {
		r.send(ctx, r.directory.SetMigration(k, ref))
		return reconcile.Result{}, nil
	}
	src := kube.SourceOf(m, r.home)
	ref, err := engine.Resolve(ctx, r.services, r.names, src)
	if err == nil {
		r.send(ctx, r.directory.SetMigration(k, ref))
		return reconcile.Result{}, nil
	}
	if ctx.Err() != nil {
		return reconcile.Result{}, nil
	}
	w, after := notFound(src, err)
	if err := r.store.Unresolved(ctx, k, w); err != nil {
		if errors.Is(err, names.ErrConflict) {
			return reconcile.Result{RequeueAfter: time.Second}, nil
		}
		return reconcile.Result{}, err
	}
	return reconcile.Result{RequeueAfter: after}, nil
}

// notFound is what a migration waits for whose name was not found, and when it
// is tried again: what a person must mend later than what may mend itself.
func notFound(src names.Source, err error) (cutover.Wait, time.Duration) {
	w := cutover.Wait{Reason: cutover.WaitUnknown, Object: "ECS service " + src.String(), Text: err.Error()}
	switch {
	case errors.Is(err, names.ErrNotFound), errors.Is(err, names.ErrInvalid):
		w.Reason = cutover.WaitChecks
	case errors.Is(err, names.ErrDenied):
		w.Reason = cutover.WaitPerson
	default:
		return w, retrySoon
	}
	return w, retryWrong
}
