package probe

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
)

// Name is what should be in the DNS.
type Name struct {
	Host string
	TTL  time.Duration // of its records
	// Expect are the addresses that a resolver may answer with: ours, registered,
	// and not marked unhealthy.
	Expect []Expected
	// Total is how many instances the name was last seen to have, those of others
	// included. It may be too small.
	Total int
	// All are the addresses that the name was last seen to have, and Settled is
	// when: an answer with another one, given once every cache has forgotten what
	// was before, is strange. Zero: nothing is.
	All     []netip.Addr
	Settled time.Time
	// PerAnswer is how many addresses an answer has at most: 8 for the routing
	// policy MULTIVALUE, 1 for WEIGHTED. 0 means 8.
	PerAnswer int
}

// Expected is an address, and since when it is registered.
type Expected struct {
	Addr  netip.Addr
	Since time.Time
}

// Finding is what a look at a name says.
type Finding struct {
	Host string
	At   time.Time
	// Missing are expected addresses that are not in the DNS. Sorted.
	Missing []netip.Addr
	// Unsure are those that were not seen lately, and that may have been left out
	// by chance, or be too new. Sorted.
	Unsure []netip.Addr
	// Chance is how likely it is that nothing is missing and those unsure were left
	// out by luck; 1 where nothing was.
	Chance float64
	// Strange are addresses that the name is not known to have. Sorted.
	Strange []netip.Addr
	// Unknown says why the name could not be asked for; "" if it could.
	Unknown string
	// Again is when another look can tell more about those that are unsure; zero
	// if there are none.
	Again time.Time
}

const (
	// byLuck is how likely it may be that an address is reported that was left out
	// of all answers by chance, for all addresses of a name together.
	byLuck = 1e-6
	// memory is for how many answers an address that is not expected still counts
	// as one of the name's.
	memory = 64
)

// history is what answers for one name and family have shown.
type history struct {
	samples int                // answers that did not come from the same entry of a cache
	seen    map[netip.Addr]int // when last, counted in samples
	since   map[netip.Addr]time.Time
	missed  map[netip.Addr]int // samples without it, in a row
	asked   time.Time          // of the last sample
	expires time.Time          // until then a resolver may repeat it
	asOf    time.Time          // what the last sample says was true then, or later; zero: not known
}

func newHistory() *history {
	return &history{seen: map[netip.Addr]int{}, since: map[netip.Addr]time.Time{}, missed: map[netip.Addr]int{}}
}

// judge takes an answer into account and says what is missing of those expected
// of this family. propagation is how long Route 53 takes to tell all its servers.
func (h *history) judge(n Name, expect []Expected, a Answer, at time.Time, propagation time.Duration) (missing, unsure []netip.Addr, chance float64) {
	chance = 1
	h.expect(expect)
	// What a cache says is as old as its entry. One that could not have been there
	// when the question before was asked is younger than that question.
	fresh := !at.Before(h.expires)
	if fresh {
		h.samples++
		h.asOf = h.asked
		h.asked, h.expires = at, at.Add(max(a.TTL, time.Nanosecond))
	}
	for _, x := range a.Addrs {
		h.seen[x] = h.samples
	}
	per := cmp.Or(n.PerAnswer, names.MaxAnswers)
	total := h.total(n, expect)
	for _, e := range expect {
		x := e.Addr.Unmap()
		if slices.Contains(a.Addrs, x) {
			h.missed[x] = 0
			continue
		}
		due := e.Since.Add(propagation)
		// Answers with records live as long as the records do; how long the absence
		// of a name lives, only its zone knows.
		if len(a.Addrs) > 0 && at.Before(due.Add(n.TTL)) || len(a.Addrs) == 0 && h.asOf.Before(due) {
			unsure = append(unsure, x)
			continue
		}
		if len(a.Addrs) == 0 || len(a.Addrs) < per { // that is all there is
			missing, chance = append(missing, x), 0
			continue
		}
		if fresh {
			h.missed[x]++
		}
		left := 1 - float64(per)/float64(max(total, per+1))
		luck := min(1, math.Pow(left, float64(h.missed[x]))*float64(len(expect)))
		chance = min(chance, luck)
		if luck < byLuck {
			missing = append(missing, x)
		} else if h.missed[x] > 0 {
			unsure = append(unsure, x)
		}
	}
	return missing, unsure, chance
}

// expect forgets what is not expected any more, and what was registered anew.
func (h *history) expect(expect []Expected) {
	now := map[netip.Addr]time.Time{}
	for _, e := range expect {
		x := e.Addr.Unmap()
		now[x] = e.Since
		if since, ok := h.since[x]; !ok || !since.Equal(e.Since) {
			delete(h.missed, x)
		}
	}
	for x := range h.missed {
		if _, ok := now[x]; !ok {
			delete(h.missed, x)
		}
	}
	h.since = now
	for x, last := range h.seen {
		if h.samples-last > memory {
			delete(h.seen, x)
		}
	}
}

// total is how many addresses the name may have: the more there are, the likelier
// is it that one is left out by chance.
func (h *history) total(n Name, expect []Expected) int {
	distinct := len(h.seen)
	for _, e := range expect {
		if _, ok := h.seen[e.Addr.Unmap()]; !ok {
			distinct++
		}
	}
	return max(distinct, n.Total)
}

// strangers are the addresses of an answer that the name is not known to have.
func (n Name) strangers(a Answer, at time.Time, propagation time.Duration) []netip.Addr {
	if n.Settled.IsZero() || at.Before(n.Settled.Add(propagation+n.TTL)) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.Addrs), func(x netip.Addr) bool {
		return slices.ContainsFunc(n.All, func(k netip.Addr) bool { return k.Unmap() == x })
	})
}
