package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/controller"
)

// Two processes with one identity: the second takes over at once, without
// waiting for the lease to run out, and the first notices and ends.
func TestTwins(t *testing.T) {
	cfg := account(t)
	installed(t)
	aws(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"Namespaces":[]}`) })
	admin := administrator(t)
	w, err := admin.Watch(t.Context(), &coordinationv1.LeaseList{}, client.InNamespace(controller.LeaseNamespace))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	o := options(t, cfg)
	led := func(n int32) *coordinationv1.Lease {
		t.Helper()
		for e := range w.ResultChan() {
			l, ok := e.Object.(*coordinationv1.Lease)
			if ok && e.Type != watch.Deleted && l.Name == controller.LeaseName && l.Spec.HolderIdentity != nil && *l.Spec.HolderIdentity == o.Identity {
				if n < 0 || *l.Spec.LeaseTransitions == n {
					return l
				}
			}
		}
		t.Fatal("the watch ended")
		return nil
	}
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { ended <- controller.Run(ctx, o) }()
	first := led(-1)
	end := running(t, func(ctx context.Context) error { return controller.Run(ctx, o) })
	// The next transition comes while the first still renews: it is a takeover.
	led(*first.Spec.LeaseTransitions + 1)
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "another process of the same identity") {
		t.Errorf("the first ended with %v", err)
	}
	_ = end()
	// Given back, so that the next one, whatever its identity, does not wait.
	for e := range w.ResultChan() {
		if l, ok := e.Object.(*coordinationv1.Lease); ok && l.Name == controller.LeaseName && (l.Spec.HolderIdentity == nil || *l.Spec.HolderIdentity == "") {
			break
		}
	}
}
