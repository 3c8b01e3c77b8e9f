package controller

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/names"
)

// Two calls a minute and namespace, whatever there is to see; each name has its
// turn, and so has, once, each service that nobody asks for.
func TestSweep(t *testing.T) {
	d := kube.NewDirectory()
	for _, id := range []string{"srv-a", "srv-b", "srv-c"} {
		d.SetClaims(engine.Key{Namespace: "shop", Name: id}, []kube.Claim{{Ref: of(id)}})
	}
	elsewhere := names.Ref{Account: "1", Region: "r", NamespaceID: "ns-2", ServiceID: "srv-x"}
	d.SetMigration(engine.Key{Namespace: "shop", Name: "x"}, elsewhere)
	var swept, sent []string
	drift := map[string]bool{}
	s := &sweeper{
		directory: d, turns: map[place]*turn{}, log: logr.Discard(),
		sweep: func(_ context.Context, ref names.Ref) (bool, error) {
			swept = append(swept, ref.ServiceID)
			if ref == elsewhere {
				return false, errors.New("throttled")
			}
			return drift[ref.ServiceID], nil
		},
		services: func(ns string) []names.Ref {
			if ns != "ns" {
				return nil
			}
			return []names.Ref{of("srv-a"), of("srv-b"), of("srv-c"), of("srv-lonely")}
		},
		send: func(_ context.Context, refs []names.Ref) {
			for _, r := range refs {
				sent = append(sent, r.ServiceID)
			}
		},
	}
	rounds := func(n int) (inNS []string) {
		swept, sent = nil, nil
		for range n {
			s.round(t.Context())
		}
		return slices.DeleteFunc(swept, func(id string) bool { return id == "srv-x" })
	}
	if diff := cmp.Diff([]string{"srv-a", "srv-b", "srv-c", "srv-a"}, rounds(4)); diff != "" || len(sent) != 0 {
		t.Error(diff, sent)
	}
	// Once every object was looked at, what nobody asks for is.
	d.Complete()
	if got := rounds(6); len(got) != 3 || !slices.Equal(sent, []string{"srv-lonely"}) {
		t.Errorf("swept %v, sent %v", got, sent)
	}
	drift["srv-b"] = true
	got := rounds(8)
	if n := 8 - len(got); !slices.Contains(sent, "srv-b") || n < readCosts*(len(sent)-1) {
		t.Errorf("swept %v, sent %v", got, sent)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.every = time.Hour
	if err := s.Start(ctx); err != nil {
		t.Error(err)
	}
}
