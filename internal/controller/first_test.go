package controller

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube/source"
)

// The directory is complete once everything that was there at the start has been
// looked at: found, not found, or gone meanwhile. Then every name is looked at.
func TestFirstLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		named := func(name, host string) *corev1.Service {
			return serviceObject(func(s *corev1.Service) {
				s.Name = name
				if host != "" {
					s.Annotations[v1alpha1.AnnotationHostname] = host
				}
			})
		}
		r := newRoom(t, named("orders", "orders.shop.internal"), named("bare", ""), named("wrong", "none.shop.internal"), ingress("orders", "orders.shop.internal"))
		all := []kind{services(r.c, r.store.Source), ingresses(r.c, r.store.Source)}
		r.store.Kinds = blanks(all)
		ended := make(chan error, 1)
		go func() { ended <- (&firstLook{r: r.resolver, all: all}).Start(t.Context()) }()
		partial := func() bool {
			synctest.Wait()
			p, _ := r.directory.Unknown()
			return p
		}
		svc, ing := r.claimant(all[0]), r.claimant(all[1])
		for _, name := range []string{"orders", "bare", "wrong"} {
			r.look(svc, name)
		}
		if !partial() {
			t.Error("complete without the Ingress")
		}
		if err := r.c.Delete(t.Context(), ingress("orders", "")); err != nil {
			t.Fatal(err)
		}
		r.look(ing, "orders")
		r.sent()
		if err := <-ended; err != nil || partial() {
			t.Errorf("not complete: %v", err)
		}
		if diff := cmp.Diff([]string{"srv-orders"}, r.sent()); diff != "" {
			t.Error(diff)
		}
	})
}

// What cannot be listed is an error, and one that is told to end ends.
func TestFirstLookEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t, serviceObject())
		denied := kind{name: source.KindIngress, list: func(context.Context) ([]client.Object, error) { return nil, errors.New("forbidden") }}
		if err := (&firstLook{r: r.resolver, all: []kind{denied}}).Start(t.Context()); err == nil || !strings.Contains(err.Error(), "list every Ingress: forbidden") {
			t.Errorf("error %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- (&firstLook{r: r.resolver, all: []kind{services(r.c, r.store.Source)}}).Start(ctx)
		}()
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil || r.directory.Seen(engine.Key{Namespace: "shop", Name: "orders"}) {
			t.Errorf("ended with %v", err)
		}
		if partial, _ := r.directory.Unknown(); !partial {
			t.Error("complete, and nothing was looked at")
		}
	})
}
