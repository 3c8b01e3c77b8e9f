package controller

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tranship/tranship/internal/names"
)

// What could not be said is said again: soon where somebody was faster, later and later
// where the API server refuses. A controller that is told to end says nothing more.
func TestTell(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	refused := errors.New("refused")
	for _, tt := range []struct {
		name string
		ctx  context.Context
		err  error
		want reconcile.Result
		fail bool
	}{
		{name: "said", ctx: t.Context()},
		{name: "somebody was faster", ctx: t.Context(), err: fmt.Errorf("tell: %w", names.ErrConflict), want: reconcile.Result{RequeueAfter: conflictAfter}},
		{name: "refused", ctx: t.Context(), err: refused, fail: true},
		{name: "told to end", ctx: ended, err: refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var of names.Ref
			got, err := tell(tt.ctx, func(_ context.Context, ref names.Ref) error {
				of = ref
				return tt.err
			}, names.Ref{ServiceID: "srv-a"})
			if got != tt.want || (err != nil) != tt.fail || of.ServiceID != "srv-a" {
				t.Errorf("%+v, %v, of %s", got, err, of)
			}
		})
	}
}

// A name waits for room in the queue, but not for ever: the engine must be able to end.
func TestWordsEnd(t *testing.T) {
	w := make(words, 1)
	w.of(t.Context(), names.Ref{ServiceID: "srv-a"})
	ctx, end := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.of(ctx, names.Ref{ServiceID: "srv-b"})
	}()
	end()
	<-done
	if got := <-w; got.Object.ServiceID != "srv-a" || len(w) != 0 {
		t.Errorf("%v and %d more", got.Object, len(w))
	}
}
