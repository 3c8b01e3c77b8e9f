package probe

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Config of a Watch.
type Config struct {
	Resolver Asker // required
	// Names are what to look at; it is asked again for each round. A name is known
	// by its Host.
	Names func() []Name // required
	// Report gets every finding, one at a time. It should not take long.
	Report      func(context.Context, Finding) // required
	Propagation time.Duration                  // of Route 53; default 60 s
	// Every is how often a name is looked at where nothing is unsure. Default 30 s.
	Every time.Duration
	// PerSecond is how many questions are asked at most. Default 50; AWS's resolver
	// takes 1,024 packets a second from a network interface.
	PerSecond float64
	Now       func() time.Time // default time.Now
}

const (
	defaultPropagation = 60 * time.Second
	defaultEvery       = 30 * time.Second
	defaultPerSecond   = 50
	// leastEvery is how often one name is looked at, at most.
	leastEvery = time.Second
	// atOnce is how many questions may be open: one that is not answered must not
	// keep the others waiting.
	atOnce = 8
)

// Watch looks at names again and again. Its Start fits a manager, which runs it
// where it leads.
type Watch struct {
	Config

	mu    sync.Mutex
	names map[string]*watched
}

// watched is one name.
type watched struct {
	looking sync.Mutex // one look at a time
	family  map[Family]*history
	next    time.Time
}

// NewWatch checks the configuration.
func NewWatch(c Config) (*Watch, error) {
	if c.Resolver == nil || c.Names == nil || c.Report == nil {
		return nil, errors.New("probe: Resolver, Names and Report are required")
	}
	c.Propagation = cmp.Or(c.Propagation, defaultPropagation)
	c.Every = cmp.Or(c.Every, defaultEvery)
	c.PerSecond = cmp.Or(c.PerSecond, defaultPerSecond)
	if c.Propagation < 0 || c.Every < 0 || c.PerSecond < 0 {
		return nil, errors.New("probe: no negative times or rates")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Watch{Config: c, names: map[string]*watched{}}, nil
}

// Start looks until ctx ends, and then waits for its last questions.
func (w *Watch) Start(ctx context.Context) error {
	// The first is asked at once; a round after that keeps the pace of the one before.
	pace := time.NewTicker(max(time.Nanosecond, time.Duration(float64(time.Second)/w.PerSecond)))
	defer pace.Stop()
	var report sync.Mutex
	for ctx.Err() == nil {
		var open sync.WaitGroup
		slots := make(chan struct{}, atOnce)
		for _, n := range w.due() {
			if !turn(ctx, pace.C, slots) {
				break
			}
			open.Go(func() {
				defer func() { <-slots }()
				f := w.Look(ctx, n)
				if ctx.Err() != nil {
					return // cut short: that says nothing of the name
				}
				report.Lock()
				defer report.Unlock()
				w.Report(ctx, f)
			})
		}
		open.Wait()
		rest := time.NewTimer(w.rest())
		select {
		case <-ctx.Done():
		case <-rest.C:
		}
		rest.Stop()
	}
	return nil
}

// turn waits for the pace and for a free slot.
func turn(ctx context.Context, pace <-chan time.Time, slots chan<- struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case <-pace:
	}
	select {
	case <-ctx.Done():
		return false
	case slots <- struct{}{}:
		return true
	}
}

// due lists the names to look at now, those that wait longest first, and forgets
// those that are not watched any more.
func (w *Watch) due() []Name {
	now, all := w.Now(), w.Names()
	w.mu.Lock()
	defer w.mu.Unlock()
	still := map[string]bool{}
	var out []Name
	for _, n := range all {
		if still[n.Host] {
			continue
		}
		still[n.Host] = true
		if !now.Before(w.of(n.Host).next) {
			out = append(out, n)
		}
	}
	for host := range w.names {
		if !still[host] {
			delete(w.names, host)
		}
	}
	slices.SortFunc(out, func(a, b Name) int {
		return cmp.Or(w.names[a.Host].next.Compare(w.names[b.Host].next), cmp.Compare(a.Host, b.Host))
	})
	return out
}

// of is called with the lock held.
func (w *Watch) of(host string) *watched {
	x, ok := w.names[host]
	if !ok {
		x = &watched{family: map[Family]*history{}}
		w.names[host] = x
	}
	return x
}

// rest is how long until a name is due. Names that come meanwhile wait.
func (w *Watch) rest() time.Duration {
	now := w.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := w.Every
	for _, x := range w.names {
		rest = min(rest, x.next.Sub(now))
	}
	return max(rest, leastEvery)
}

// Look asks for a name once for each family of what is expected. What earlier
// looks saw counts, too.
func (w *Watch) Look(ctx context.Context, n Name) Finding {
	w.mu.Lock()
	x := w.of(n.Host)
	w.mu.Unlock()
	x.looking.Lock()
	defer x.looking.Unlock()
	f := Finding{Host: n.Host, Chance: 1}
	for _, family := range []Family{IPv4, IPv6} {
		var expect []Expected
		for _, e := range n.Expect {
			if FamilyOf(e.Addr) == family {
				expect = append(expect, e)
			}
		}
		if len(expect) == 0 {
			delete(x.family, family)
			continue
		}
		a, err := w.Resolver.Ask(ctx, n.Host, family)
		if err != nil {
			f.Unknown = err.Error()
			continue
		}
		h := x.family[family]
		if h == nil {
			h = newHistory()
			x.family[family] = h
		}
		at := w.Now()
		missing, unsure, chance := h.judge(n, expect, a, at, w.Propagation)
		f.Chance = min(f.Chance, chance)
		f.Strange = append(f.Strange, n.strangers(a, at, w.Propagation)...)
		f.Missing, f.Unsure = append(f.Missing, missing...), append(f.Unsure, unsure...)
		if len(unsure) > 0 && (f.Again.IsZero() || h.expires.Before(f.Again)) {
			f.Again = h.expires
		}
	}
	f.At = w.Now()
	slices.SortFunc(f.Missing, netip.Addr.Compare)
	slices.SortFunc(f.Unsure, netip.Addr.Compare)
	slices.SortFunc(f.Strange, netip.Addr.Compare)
	next := f.At.Add(w.Every)
	if soon := f.At.Add(leastEvery); !f.Again.IsZero() && f.Again.Before(next) {
		next = f.Again
		if next.Before(soon) {
			next = soon
		}
	}
	w.mu.Lock()
	x.next = next
	w.mu.Unlock()
	return f
}
