package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
)

// claimant finds the names that an object of this kind asks for.
func (r *resolver) claimant(k kind) reconcile.Func {
	return func(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
		key := engine.Key{Namespace: req.Namespace, Name: req.Name, Kind: keyKind(k.name)}
		obj := k.make()
		if err := r.client.Get(ctx, req.NamespacedName, obj); err != nil {
			if client.IgnoreNotFound(err) == nil {
				r.gone(ctx, key)
				return reconcile.Result{}, nil
			}
			return reconcile.Result{}, err
		}
		if svc, ok := obj.(*corev1.Service); ok {
			r.directory.SetSelector(key, svc.Spec.Selector)
			if err := r.aimed(ctx, key); err != nil {
				return reconcile.Result{}, err
			}
		}
		wishes, problems, err := k.read(ctx, obj)
		if err != nil {
			return reconcile.Result{}, fmt.Errorf("%s: %w", key.Object(), err)
		}
		f := r.find(ctx, obj, key, wishes)
		if ctx.Err() != nil {
			return reconcile.Result{}, nil //nolint:nilerr // told to end: that says nothing of the names
		}
		r.directory.SetUnresolved(key, f.unresolved)
		r.send(ctx, r.directory.SetClaims(key, f.claims))
		if err := r.store.Unclaimed(ctx, key, strings.Join(f.missing, "; "), append(told(problems), f.problems...)); err != nil && !errors.Is(err, names.ErrConflict) {
			return reconcile.Result{}, err
		}
		return reconcile.Result{RequeueAfter: f.again}, nil
	}
}

// aimed makes known the migrations that lead to a Service before its claims are:
// after a restart nothing must be done for a Service that a crossing has in hand.
// Once everything was looked at, migrations speak for themselves.
func (r *resolver) aimed(ctx context.Context, service engine.Key) error {
	if partial, _ := r.directory.Unknown(); !partial {
		return nil
	}
	var list v1alpha1.ServiceMigrationList
	if err := r.client.List(ctx, &list, client.InNamespace(service.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("the migrations of namespace %s: %w", service.Namespace, err)
	}
	for n := range list.Items {
		m := &list.Items[n]
		if m.Spec.Target.Service != service.Name {
			continue
		}
		k := engine.Key{Namespace: m.Namespace, Name: m.Name}
		r.send(ctx, r.directory.SetTarget(k, service))
		if _, known := r.directory.Migration(k); known {
			continue
		}
		if ref, ok := kube.PinnedRef(m); ok {
			r.send(ctx, r.directory.SetMigration(k, ref))
		}
	}
	return nil
}

// keyKind is the kind in a Key, where a Service's is left out.
func keyKind(k string) string {
	if k == source.KindService {
		return ""
	}
	return k
}

// gone lets go of what an object asked for.
func (r *resolver) gone(ctx context.Context, key engine.Key) {
	r.directory.SetSelector(key, nil)
	r.directory.SetUnresolved(key, nil)
	r.send(ctx, r.directory.SetClaims(key, nil))
	r.store.Forget(key)
}

// found is what became of an object's wishes.
type found struct {
	claims     []kube.Claim
	missing    []string // what a person has to mend
	unresolved []string // hosts that could not be looked up
	problems   []cutover.Problem
	again      time.Duration
}

// soon asks for another look no later than after d.
func (f *found) soon(d time.Duration) {
	if f.again == 0 || d < f.again {
		f.again = d
	}
}

// find looks up the names that an object asks for. One that is wrong, or not
// known just now, does not stop the others.
func (r *resolver) find(ctx context.Context, obj client.Object, key engine.Key, wishes []source.Wish) found {
	var f found
	before := r.directory.Claims(key, names.Ref{})
	for _, w := range wishes {
		ref, err := r.names.Lookup(ctx, w.Host)
		if errors.Is(err, names.ErrNotFound) && w.OnlyPod == "" {
			var created bool
			if ref, created, err = r.create.service(ctx, obj, w, err); created {
				r.event(obj, cutover.Event{Reason: "NameCreated", Message: "the Cloud Map service of " + w.Host + " was created"})
			}
		}
		switch {
		case err == nil:
			f.claims = append(f.claims, kube.Claim{Ref: ref, Wish: w})
		case errors.Is(err, names.ErrNotFound) && w.OnlyPod != "":
			// An offer, which nobody has to take up.
		case errors.Is(err, names.ErrNotFound), errors.Is(err, names.ErrInvalid):
			f.missing = append(f.missing, err.Error())
			f.soon(retryWrong)
		default:
			// Not knowing is no reason to let go of what was found before.
			f.unresolved = append(f.unresolved, w.Host)
			if errors.Is(err, names.ErrDenied) {
				f.problems = append(f.problems, cutover.Problem{Reason: "NameNotReadable", Text: "whether " + w.Host + " has a Cloud Map service may not be read: " + err.Error()})
			}
			for _, c := range before {
				if c.Wish.Host == w.Host && c.Wish.OnlyPod == w.OnlyPod {
					f.claims = append(f.claims, kube.Claim{Ref: c.Ref, Wish: w})
				}
			}
			f.soon(retrySoon)
		}
	}
	slices.Sort(f.missing)
	f.missing = slices.Compact(f.missing)
	return f
}

func told(ps []source.Problem) []cutover.Problem {
	var out []cutover.Problem
	for _, p := range ps {
		out = append(out, cutover.Problem{Reason: p.Reason, Text: p.Text})
	}
	return out
}
