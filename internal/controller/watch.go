package controller

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/probe"
)

// Readings of names that DNS asks for are bounded: a resolver that does not know
// our zones, or shows an old world, must not cost what the looks at rest save.
const (
	doubtsFirst  = 20               // at once
	doubtsEvery  = 20 * time.Second // one more after that
	doubtAgain   = 5 * time.Minute  // the same answer again, which Cloud Map did not bear out
	likelyEnough = 0.05             // below it a name is looked at before others
)

// watcher compares DNS with what names that rest should answer. It costs no AWS
// call where nothing is amiss, and sees what vanished within a round.
type watcher struct {
	directory *kube.Directory
	watch     func(names.Ref) (engine.Watch, bool)
	drifted   func(names.Ref)
	send      func(context.Context, []names.Ref)
	now       func() time.Time
	log       logr.Logger

	mu     sync.Mutex
	refs   map[string]names.Ref // by host, of this round
	doubts map[names.Ref]doubt
	left   float64 // doubts that may be followed now
	filled time.Time
	luck   map[names.Ref]float64 // how likely it is that nothing is missing
}

// doubt is what DNS said of a name when it was last read for it.
type doubt struct {
	answer string
	at     time.Time
}

func newWatcher(d *kube.Directory, e *engine.Engine, send func(context.Context, []names.Ref), log logr.Logger) *watcher {
	return &watcher{
		directory: d, watch: e.Watch, drifted: e.Drifted, send: send, now: time.Now, log: log,
		refs: map[string]names.Ref{}, doubts: map[names.Ref]doubt{}, left: doubtsFirst, luck: map[names.Ref]float64{},
	}
}

// names lists what to ask for now.
func (w *watcher) names() []probe.Name {
	var out []probe.Name
	refs := map[string]names.Ref{}
	for _, ref := range w.directory.All() {
		x, ok := w.watch(ref)
		if _, twice := refs[x.Name]; !ok || twice {
			continue // the same name in two zones: which one answers is not ours to say
		}
		refs[x.Name] = ref
		n := probe.Name{Host: x.Name, TTL: x.TTL, Total: len(x.Expect), PerAnswer: x.PerAnswer, Settled: x.Read}
		for _, e := range x.Expect {
			n.Expect = append(n.Expect, probe.Expected{Addr: e.Addr, Since: e.Since})
			n.All = append(n.All, e.Addr)
		}
		out = append(out, n)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refs = refs
	for ref := range w.luck {
		if x, ok := w.watch(ref); !ok || refs[x.Name] != ref {
			delete(w.luck, ref)
		}
	}
	return out
}

// report follows what DNS says of a name.
func (w *watcher) report(ctx context.Context, f probe.Finding) {
	ref, follow := w.judge(f)
	if !follow {
		return
	}
	w.log.Info("DNS does not answer as it should: the name is read", "name", f.Host, "missing", texts(f.Missing), "strange", texts(f.Strange))
	w.drifted(ref)
	w.send(ctx, []names.Ref{ref})
}

// judge says whether a finding is worth a reading of the name.
func (w *watcher) judge(f probe.Finding) (names.Ref, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ref, ok := w.refs[f.Host]
	if !ok || f.Unknown != "" {
		return ref, false
	}
	w.luck[ref] = f.Chance
	if len(f.Missing)+len(f.Strange) == 0 {
		delete(w.doubts, ref)
		return ref, false
	}
	now := w.now()
	answer := texts(f.Missing) + "/" + texts(f.Strange)
	if d := w.doubts[ref]; d.answer == answer && now.Sub(d.at) < doubtAgain {
		return ref, false
	}
	w.left = min(doubtsFirst, w.left+now.Sub(w.filled).Seconds()/doubtsEvery.Seconds())
	w.filled = now
	if w.left < 1 {
		return ref, false
	}
	w.left--
	w.doubts[ref] = doubt{answer, now}
	return ref, true
}

// suspect is the name of a few of which it is least likely that it is as it
// should be; ok is false where none stands out.
func (w *watcher) suspect(refs []names.Ref) (least names.Ref, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	lowest := likelyEnough
	for _, ref := range refs {
		if c, has := w.luck[ref]; has && c < lowest {
			least, lowest, ok = ref, c, true
		}
	}
	if ok {
		w.luck[least] = 1 // until DNS says so again
	}
	return least, ok
}

func texts(as []netip.Addr) string {
	s := ""
	for k, a := range slices.SortedFunc(slices.Values(as), netip.Addr.Compare) {
		if k > 0 {
			s += " "
		}
		s += a.String()
	}
	return s
}
