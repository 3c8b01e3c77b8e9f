package exposure

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Inside the package a moment is its distance from the horizon's begin: one
// word to compare, and exact to the nanosecond.

// answer says that a server may answer with an address, with one TTL, in
// [from, to).
type answer struct {
	from, to, ttl time.Duration
	server        int
}

// end is when the last holder of the answer lets go.
func (a answer) end(extra time.Duration) time.Duration { return sum(sum(a.to, a.ttl), extra) }

// history is the input by address: answers and serving times, both sorted and
// the latter merged.
type history struct {
	base    time.Time
	to      time.Duration // end of the horizon; it begins at 0
	addrs   []netip.Addr  // sorted
	answers [][]answer
	serving [][]span
	empty   []gap
}

type span struct{ from, to time.Duration }

// gap is a time in which a server had no address.
type gap struct {
	span
	server int
}

// open is the state of one server while its views are read in order.
type open struct {
	server int
	addrs  []netip.Addr
	ids    []int // in step with addrs
	ttl    time.Duration
	since  time.Duration
	begun  bool // had an address once
}

func (in Input) history() history {
	from, to := in.horizon()
	h := history{base: from, to: to.Sub(from)}
	ids := make(map[netip.Addr]int, 16)
	id := func(a netip.Addr) int {
		n, ok := ids[a]
		if !ok {
			n = len(h.addrs)
			ids[a] = n
			h.addrs, h.answers, h.serving = append(h.addrs, a), append(h.answers, nil), append(h.serving, nil)
		}
		return n
	}

	views := in.Views
	if !slices.IsSortedFunc(views, byAt) {
		views = slices.Clone(views)
		slices.SortStableFunc(views, byAt)
	}
	var servers []open
	for i := range views {
		v := &views[i]
		at := v.At.Sub(from)
		if at >= h.to {
			break
		}
		s := server(&servers, v.Server)
		ttl := max(v.TTL, 0)
		if ttl == s.ttl && len(v.Addrs) > 0 && slices.Equal(v.Addrs, s.addrs) {
			continue // nothing changed
		}
		h.close(s, at)
		s.ttl, s.since, s.addrs, s.ids = ttl, at, v.Addrs, s.ids[:0]
		for _, a := range v.Addrs {
			s.ids = append(s.ids, id(a))
		}
	}
	for i := range servers {
		h.close(&servers[i], h.to)
	}
	for _, s := range in.Serving {
		until := forever
		if !s.To.IsZero() {
			until = s.To.Sub(from)
		}
		n := id(s.Addr)
		h.serving[n] = append(h.serving[n], span{s.From.Sub(from), until})
	}
	h.sort()
	return h
}

func byAt(a, b View) int { return a.At.Compare(b.At) }

func server(all *[]open, n int) *open {
	for i := range *all {
		if (*all)[i].server == n {
			return &(*all)[i]
		}
	}
	*all = append(*all, open{server: n})
	return &(*all)[len(*all)-1]
}

// close ends the server's current view at the given moment.
func (h *history) close(s *open, at time.Duration) {
	if at <= s.since {
		return // replaced at the moment it came: it never was
	}
	if len(s.ids) == 0 {
		if s.begun && at > 0 {
			h.without(gap{span{max(s.since, 0), at}, s.server})
		}
		return
	}
	s.begun = true
	for _, n := range s.ids {
		list := h.answers[n]
		// The same address with the same TTL goes on from view to view.
		if k := slices.IndexFunc(list, func(a answer) bool {
			return a.server == s.server && a.to == s.since && a.ttl == s.ttl
		}); k >= 0 {
			list[k].to = at
			continue
		}
		if slices.ContainsFunc(list, func(a answer) bool { return a.server == s.server && a.to == at }) {
			continue // named twice in one view
		}
		h.answers[n] = append(list, answer{from: s.since, to: at, ttl: s.ttl, server: s.server})
	}
}

// without notes a time without an address, joined to the server's last one.
func (h *history) without(g gap) {
	if k := slices.IndexFunc(h.empty, func(e gap) bool { return e.server == g.server && e.to == g.from }); k >= 0 {
		h.empty[k].to = g.to
		return
	}
	h.empty = append(h.empty, g)
}

// sort brings the addresses, and what is known of each, into order.
func (h *history) sort() {
	order := make([]int, len(h.addrs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return h.addrs[a].Compare(h.addrs[b]) })
	addrs, answers, serving := make([]netip.Addr, len(order)), make([][]answer, len(order)), make([][]span, len(order))
	for to, n := range order {
		slices.SortFunc(h.answers[n], func(a, b answer) int {
			return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.server, b.server), cmp.Compare(a.to, b.to))
		})
		addrs[to], answers[to], serving[to] = h.addrs[n], h.answers[n], merge(h.serving[n])
	}
	h.addrs, h.answers, h.serving = addrs, answers, serving
	slices.SortFunc(h.empty, func(a, b gap) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.server, b.server))
	})
}

// merge sorts spans and joins those that touch or overlap, in place.
func merge(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := list[:0]
	for _, s := range list {
		switch n := len(out); {
		case s.from >= s.to:
		case n > 0 && s.from <= out[n-1].to:
			out[n-1].to = max(out[n-1].to, s.to)
		default:
			out = append(out, s)
		}
	}
	return out
}
