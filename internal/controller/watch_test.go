package controller

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/go-logr/logr"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/probe"
)

// A name that DNS does not answer as it should is read once; what Cloud Map did
// not bear out is left alone for a while, and all of it is bounded.
func TestWatcher(t *testing.T) {
	d := kube.NewDirectory()
	var refs []names.Ref
	for k := range 60 {
		ref := of(string(rune('a'+k/26)) + string(rune('a'+k%26)))
		refs = append(refs, ref)
		d.SetClaims(engine.Key{Namespace: "shop", Name: ref.ServiceID}, []kube.Claim{{Ref: ref}})
	}
	now := epoch
	resting := map[names.Ref]bool{}
	for _, r := range refs {
		resting[r] = true
	}
	var drifted, sent []names.Ref
	addr := netip.MustParseAddr("10.0.0.1")
	w := &watcher{
		directory: d, now: func() time.Time { return now }, log: logr.Discard(), left: doubtsFirst, filled: now,
		refs: map[string]names.Ref{}, doubts: map[names.Ref]doubt{}, luck: map[names.Ref]float64{},
		watch: func(r names.Ref) (engine.Watch, bool) {
			return engine.Watch{Name: r.ServiceID + ".x", TTL: time.Minute, Read: epoch, Expect: []engine.Expected{{Addr: addr, Since: epoch}}, PerAnswer: 8}, resting[r]
		},
		drifted: func(r names.Ref) { drifted = append(drifted, r) },
		send:    func(_ context.Context, rs []names.Ref) { sent = append(sent, rs...) },
	}
	resting[refs[1]] = false
	if n := w.names(); len(n) != 59 || n[0].Host != "aa.x" || n[0].Total != 1 || n[0].Expect[0].Addr != addr || !n[0].Settled.Equal(epoch) || n[0].All[0] != addr {
		t.Fatalf("%d names, the first %+v", len(n), n[0])
	}
	missing := func(host string) probe.Finding {
		return probe.Finding{Host: host, Chance: 0, Missing: []netip.Addr{addr}}
	}
	w.report(t.Context(), missing("aa.x"))
	w.report(t.Context(), missing("aa.x"))  // the same again
	w.report(t.Context(), missing("ab.x"))  // moves
	w.report(t.Context(), missing("zzz.x")) // not ours
	w.report(t.Context(), probe.Finding{Host: "ac.x", Chance: 1, Unknown: "SERVFAIL"})
	w.report(t.Context(), probe.Finding{Host: "ad.x", Chance: 1, Unsure: []netip.Addr{addr}})
	if len(drifted) != 1 || !slices.Equal(drifted, sent) || drifted[0] != refs[0] {
		t.Errorf("drifted %v, sent %v", drifted, sent)
	}
	w.report(t.Context(), probe.Finding{Host: "aa.x", Chance: 1, Strange: []netip.Addr{netip.MustParseAddr("10.9.9.9")}})
	if len(drifted) != 2 {
		t.Errorf("another answer: %v", drifted)
	}
	w.report(t.Context(), probe.Finding{Host: "aa.x", Chance: 1})
	w.report(t.Context(), missing("aa.x"))
	if len(drifted) != 3 {
		t.Errorf("it was well in between: %v", drifted)
	}
	for _, r := range refs {
		w.report(t.Context(), missing(r.ServiceID+".x"))
	}
	if len(drifted) != doubtsFirst {
		t.Errorf("%d readings at once", len(drifted))
	}
	now = now.Add(doubtAgain)
	for _, r := range refs {
		w.report(t.Context(), missing(r.ServiceID+".x"))
	}
	if more := len(drifted) - doubtsFirst; more != int(doubtAgain/doubtsEvery) {
		t.Errorf("%d more within %s", more, doubtAgain)
	}
}

// The least likely name is looked at first, and then waits for DNS to say so again.
func TestSuspect(t *testing.T) {
	a, b, c := of("a"), of("b"), of("c")
	w := &watcher{luck: map[names.Ref]float64{a: 0.04, b: 0.001, c: 0.5}}
	for _, want := range []names.Ref{b, a} {
		if got, ok := w.suspect([]names.Ref{a, b, c}); !ok || got != want {
			t.Errorf("%v %t, want %v", got, ok, want)
		}
	}
	if got, ok := w.suspect([]names.Ref{a, b, c}); ok {
		t.Errorf("%v", got)
	}
}
