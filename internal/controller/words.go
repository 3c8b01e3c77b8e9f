package controller

import (
	"context"
	"errors"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

// words are names of which there is something to say in Kubernetes. They have a
// queue of their own: an API server that is slow, as in a restart of everything,
// delays no write to AWS.
type words chan event.TypedGenericEvent[names.Ref]

func newWords() words { return make(words, 1024) }

// of is what the engine calls.
func (w words) of(ctx context.Context, ref names.Ref) {
	select {
	case w <- event.TypedGenericEvent[names.Ref]{Object: ref}:
	case <-ctx.Done():
	}
}

// telling is the work queue of words; a name is with one worker at a time.
func telling(mgr manager.Manager, w words, e *engine.Engine, o Options) error {
	c, err := controller.NewTyped("words", mgr, controller.TypedOptions[names.Ref]{
		Reconciler:              reconcile.TypedFunc[names.Ref](func(ctx context.Context, ref names.Ref) (reconcile.Result, error) { return tell(ctx, e.TellName, ref) }),
		MaxConcurrentReconciles: o.Concurrency, SkipNameValidation: new(true),
		RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[names.Ref](errorFirst, errorMost),
	})
	if err != nil {
		return err
	}
	return c.Watch(source.TypedChannel(w, handler.TypedEnqueueRequestsFromMapFunc(func(_ context.Context, ref names.Ref) []names.Ref {
		return []names.Ref{ref}
	})))
}

// tell says what there is to say of one name.
func tell(ctx context.Context, say func(context.Context, names.Ref) error, ref names.Ref) (reconcile.Result, error) {
	err := say(ctx, ref)
	switch {
	case errors.Is(err, names.ErrConflict):
		return reconcile.Result{RequeueAfter: conflictAfter}, nil // somebody was faster: once the cache has it
	case err != nil && ctx.Err() != nil:
		return reconcile.Result{}, nil //nolint:nilerr // told to end: the next process looks at all names
	}
	return reconcile.Result{}, err
}
