package exposure

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Find computes every exposure and every empty time of the input within its
// horizon.
func Find(in Input) Report {
	h := in.history()
	var r Report
	var held, out []span
	var exposed, empty time.Duration
	patience := in.patience()
	for n, addr := range h.addrs {
		// What the most patient client may not hold, nobody may.
		held = union(held[:0], h.answers[n], patience)
		out = subtract(out[:0], held, h.serving[n], h.to)
		if len(out) == 0 {
			continue
		}
		exposed += total(out)
		for _, habit := range in.habits() {
			extra := max(habit.Extra, 0)
			held = union(held[:0], h.answers[n], extra)
			out = subtract(out[:0], held, h.serving[n], h.to)
			for _, s := range out {
				a := explain(h.answers[n], s.from, extra)
				r.Exposures = append(r.Exposures, Witness{
					Addr: addr, Habit: habit.Name, From: h.base.Add(s.from), To: h.base.Add(s.to),
					AnsweredAt: h.base.Add(min(s.from, a.to-1)), Server: a.server,
				})
			}
		}
	}
	slices.SortStableFunc(r.Exposures, func(a, b Witness) int {
		return cmp.Or(a.From.Compare(b.From), a.Addr.Compare(b.Addr), strings.Compare(a.Habit, b.Habit))
	})
	out = out[:0]
	for _, g := range h.empty {
		r.Empty = append(r.Empty, Interval{Server: g.server, From: h.base.Add(g.from), To: h.base.Add(g.to)})
		out = append(out, g.span)
	}
	empty = total(merge(out))
	r.ExposedSeconds, r.EmptySeconds = exposed.Seconds(), empty.Seconds()
	return r
}

// union appends to dst when the answers, sorted by from, are held.
func union(dst []span, answers []answer, extra time.Duration) []span {
	for _, a := range answers {
		end := a.end(extra)
		if n := len(dst); n > 0 && a.from <= dst[n-1].to {
			dst[n-1].to = max(dst[n-1].to, end)
			continue
		}
		dst = append(dst, span{a.from, end})
	}
	return dst
}

// subtract appends to dst what of held is outside serving, cut to [0, to). Both
// lists are sorted, and no two spans of one list touch.
func subtract(dst, held, serving []span, to time.Duration) []span {
	k := 0
	for _, s := range held {
		at, end := max(s.from, 0), min(s.to, to)
		for k < len(serving) && serving[k].to <= at {
			k++
		}
		for j := k; at < end; j++ {
			if j == len(serving) || serving[j].from >= end {
				dst = append(dst, span{at, end})
				break
			}
			if serving[j].from > at {
				dst = append(dst, span{at, serving[j].from})
			}
			at = max(at, serving[j].to)
		}
	}
	return dst
}

// explain picks the answer that may be held at the moment and is held longest;
// of equals the first in order. One exists wherever held is.
func explain(answers []answer, at, extra time.Duration) answer {
	best := -1
	for i, a := range answers {
		if a.from > at {
			break
		}
		if end := a.end(extra); end > at && (best < 0 || end > answers[best].end(extra)) {
			best = i
		}
	}
	return answers[best]
}

func total(list []span) time.Duration {
	var d time.Duration
	for _, s := range list {
		d = sum(d, s.to-s.from)
	}
	return d
}
