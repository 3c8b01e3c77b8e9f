package lab

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/load/exposure"
	"github.com/tranship/tranship/lab/node"
	"github.com/tranship/tranship/lab/vpc"
)

// record is what the lab itself saw, from the fabric and the node agents: the
// oracle and the report read it.
type record struct {
	window time.Duration // how long what is over is remembered; 0: for ever
	swept  time.Time

	mu       sync.Mutex
	calls    map[string]int // by action, such as ecs:UpdateService
	throttle int
	apart    map[netip.Addr]bool
	last     map[netip.AddrPort][]time.Time // connects that were carried
	serving  []span
	open     map[netip.AddrPort]int
	now      map[side]int // how many addresses are open
	stops    map[netip.AddrPort]stop
}

// span is a time in which an address served as a service.
type span struct {
	exposure.Serving
	service, platform string
}

// side is a service on a platform.
type side struct{ service, platform string }

type stop struct {
	at                time.Time
	service, platform string
}

func newRecord(window time.Duration) *record {
	return &record{
		window: window,
		calls:  map[string]int{},
		last:   map[netip.AddrPort][]time.Time{},
		open:   map[netip.AddrPort]int{},
		now:    map[side]int{},
		stops:  map[netip.AddrPort]stop{},
	}
}

// heard is what the lab does with each request to AWS's endpoint.
func (l *Lab) heard(c aws.Call) {
	l.record.call(c)
	if l.Options.OnCall != nil {
		l.Options.OnCall(c)
	}
}

func (r *record) call(c aws.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls[c.Action()]++
	switch c.ErrorCode {
	case "ThrottlingException", "RequestLimitExceeded", "Throttling", "SlowDown":
		r.throttle++
	}
}

func (r *record) connect(c vpc.Connect) {
	if c.Err != "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.apart[c.Src] {
		return
	}
	r.last[c.Dst] = append(r.last[c.Dst], c.At)
	r.sweep(c.At)
}

func (r *record) event(e node.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep(e.At)
	switch e.Kind {
	case node.Serving:
		if _, ok := r.open[e.Addr]; ok {
			return
		}
		delete(r.stops, e.Addr)
		r.open[e.Addr] = len(r.serving)
		r.now[side{e.Service, e.Platform}]++
		r.serving = append(r.serving, span{exposure.Serving{Addr: e.Addr.Addr(), From: e.At}, e.Service, e.Platform})
	case node.Signalled:
		r.stopped(e)
	case node.Closed:
		r.stopped(e)
		if n, ok := r.open[e.Addr]; ok {
			r.serving[n].To = e.At
			delete(r.open, e.Addr)
			r.now[side{r.serving[n].service, r.serving[n].platform}]--
		}
	case node.Ready: // is the API server's business
	}
}

// sweep forgets, four times in a window, what was over before it.
func (r *record) sweep(now time.Time) {
	if r.window <= 0 || now.Sub(r.swept) < r.window/4 {
		return
	}
	r.swept = now
	past := now.Add(-r.window)
	for dst, at := range r.last {
		recent := slices.DeleteFunc(at, func(t time.Time) bool { return t.Before(past) })
		if r.last[dst] = slices.Clip(recent); len(recent) == 0 {
			delete(r.last, dst)
		}
	}
	kept := make([]span, 0, len(r.open))
	moved := map[int]int{}
	for n, s := range r.serving {
		if s.To.IsZero() || !s.To.Before(past) {
			moved[n] = len(kept)
			kept = append(kept, s)
		}
	}
	r.serving = kept
	for a, n := range r.open {
		r.open[a] = moved[n]
	}
	for a, s := range r.stops {
		if _, serves := r.open[a]; !serves && s.at.Before(past) {
			delete(r.stops, a)
		}
	}
}

// stopped notes the first word that an address is to stop.
func (r *record) stopped(e node.Event) {
	if _, ok := r.stops[e.Addr]; !ok {
		r.stops[e.Addr] = stop{e.At, e.Service, e.Platform}
	}
}

// Stopped answers the clients' question whether a peer was told to stop.
func (r *record) Stopped(dst netip.AddrPort) (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.stops[dst]
	return s.at, ok
}

// servingNow counts the addresses of a service on a platform.
func (r *record) servingNow(service, platform string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now[side{service, platform}]
}

// addresses are those at which a service serves now on a platform, in their order.
func (r *record) addresses(service, platform string) []netip.AddrPort {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []netip.AddrPort
	for a, k := range r.open {
		if s := r.serving[k]; s.service == service && s.platform == platform {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, netip.AddrPort.Compare)
	return out
}

// serves are the addresses at which a service serves now.
func (r *record) serves(service string) []netip.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []netip.Addr
	for a, k := range r.open {
		if r.serving[k].service == service {
			out = append(out, a.Addr())
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return out
}

// setApart names the clients whose connects say nothing of a crossing, as they
// keep to no bound.
func (r *record) setApart(clients []netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.apart = map[netip.Addr]bool{}
	for _, a := range clients {
		r.apart[a] = true
	}
}

// throttled counts the calls that were refused for their rate.
func (r *record) throttled() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.throttle
}

// callCounts is a copy of the calls so far.
func (r *record) callCounts() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[string]int, len(r.calls))
	for k, v := range r.calls {
		out[k] = v
	}
	return out
}

// of returns what the oracle needs of one service.
func (r *record) of(service string) (serving []exposure.Serving, stops []exposure.Stop) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.serving {
		if s.service == service {
			serving = append(serving, s.Serving)
		}
	}
	for a, s := range r.stops {
		if s.service == service && s.platform == "ecs" {
			stops = append(stops, exposure.Stop{Addr: a.Addr(), At: s.at})
		}
	}
	slices.SortFunc(stops, func(a, b exposure.Stop) int { return a.Addr.Compare(b.Addr) })
	return serving, stops
}

// connects returns when clients connected to an address.
func (r *record) connects(a netip.Addr) []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.last[netip.AddrPortFrom(a, Port)])
}
