package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
)

// follower watches migrations. A watch that ends is begun anew; an API server
// that is away for a while is waited for.
type follower struct {
	client    client.WithWatch
	namespace string // "": all
	// see is called with all of them, sorted, at first and after each change; it
	// says when that is enough. An error ends it, too.
	see func([]v1alpha1.ServiceMigration) (enough bool, err error)
	// tick, if positive, is how often see is called without a change.
	tick time.Duration
	// trouble hears that the API server is away, once each time.
	trouble func(error)
}

// again is how long to wait before the API server is asked again.
const again = time.Second

// run returns nil once see had enough, and the cause of ctx's end otherwise.
func (f follower) run(ctx context.Context) error {
	away, began := false, false
	for {
		enough, err := f.once(ctx, func() { away, began = false, true })
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case enough:
			return err
		case err != nil && (!began || !passing(err)):
			return err
		case err != nil && !away:
			away = true
			if f.trouble != nil {
				f.trouble(err)
			}
		}
		t := time.NewTimer(again) // API servers end watches now and then, too
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		}
	}
}

// once lists, then watches until that ends. enough goes with see's own error.
func (f follower) once(ctx context.Context, listed func()) (enough bool, err error) {
	var list v1alpha1.ServiceMigrationList
	if err := f.client.List(ctx, &list, client.InNamespace(f.namespace)); err != nil {
		return false, fmt.Errorf("list the ServiceMigrations: %w", err)
	}
	listed()
	all := map[client.ObjectKey]v1alpha1.ServiceMigration{}
	for _, m := range list.Items {
		all[client.ObjectKeyFromObject(&m)] = m
	}
	if enough, err := f.see(sorted(all)); enough || err != nil {
		return true, err
	}
	w, err := f.client.Watch(ctx, &list, client.InNamespace(f.namespace),
		&client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: list.ResourceVersion}})
	if err != nil {
		return false, fmt.Errorf("watch the ServiceMigrations: %w", err)
	}
	defer w.Stop()
	var tick <-chan time.Time
	if f.tick > 0 {
		t := time.NewTicker(f.tick)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-tick:
		case e, open := <-w.ResultChan():
			if !open || e.Type == watch.Error {
				return false, nil // a list tells what was missed
			}
			m, ok := e.Object.(*v1alpha1.ServiceMigration)
			switch {
			case !ok:
				continue // a bookmark
			case e.Type == watch.Deleted:
				delete(all, client.ObjectKeyFromObject(m))
			default:
				all[client.ObjectKeyFromObject(m)] = *m
			}
		}
		if enough, err := f.see(sorted(all)); enough || err != nil {
			return true, err
		}
	}
}

func sorted(all map[client.ObjectKey]v1alpha1.ServiceMigration) []v1alpha1.ServiceMigration {
	keys := slices.SortedFunc(maps.Keys(all), func(a, b client.ObjectKey) int {
		return slices.Compare([]string{a.Namespace, a.Name}, []string{b.Namespace, b.Name})
	})
	out := make([]v1alpha1.ServiceMigration, 0, len(keys))
	for _, k := range keys {
		out = append(out, all[k])
	}
	return out
}
