package exposure

import (
	"net/netip"
	"slices"
	"time"
)

// View is what one authoritative server may answer from At until its next
// View: every address that it may include, not a sample of them.
type View struct {
	At     time.Time
	Server int
	TTL    time.Duration // of an answer given while the view lasts
	Addrs  []netip.Addr
}

// Serving says that Addr answers as this service in [From, To). An address may
// have several. A zero To means that it still does.
type Serving struct {
	Addr     netip.Addr
	From, To time.Time
}

// Habit is a kind of client: it may hold an answer for the TTL it was given
// with and Extra on top. A negative Extra counts as 0.
type Habit struct {
	Name  string
	Extra time.Duration
}

// Input is the history of one service.
type Input struct {
	// Views in any order. Of two views of a server at the same moment, the
	// later in the slice counts.
	Views   []View
	Serving []Serving
	// Habits to judge by. With none, one client that honours the TTL exactly is
	// assumed, so that a forgotten list cannot make a report look clean.
	Habits []Habit
	// From and To are the horizon: only what happens in [From, To) is reported,
	// although answers given before From count, as they may be held into it. A
	// server's last view lasts until To. A zero From is the first view; a zero
	// To is late enough for every change to have had its effect.
	From, To time.Time
}

// Witness is one exposure: in [From, To) a client of Habit may have held Addr,
// and Addr did not answer as this service.
type Witness struct {
	Addr  netip.Addr `json:"addr"`
	Habit string     `json:"habit"`
	From  time.Time  `json:"from"`
	To    time.Time  `json:"to"`
	// AnsweredAt and Server are an answer that explains the exposure at From:
	// of all that may be held then, one that is held longest, given at the
	// latest moment that is not after From.
	AnsweredAt time.Time `json:"answeredAt"`
	Server     int       `json:"server"`
}

// Interval is a time [From, To) in which Server had no address to answer.
type Interval struct {
	Server int       `json:"server"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
}

// Report is what Find found.
type Report struct {
	// Exposures are maximal: those of one address and habit neither touch nor
	// overlap. Sorted by From, address, habit.
	Exposures []Witness `json:"exposures,omitempty"`
	// Empty are maximal per server, and begin only after the server had an
	// address once. Sorted by From, server.
	Empty []Interval `json:"empty,omitempty"`
	// ExposedSeconds adds up, over the addresses, the time in which a client of
	// any habit was exposed: two addresses at once count twice, two habits of
	// one address once.
	ExposedSeconds float64 `json:"exposedSeconds"`
	// EmptySeconds is the time in which at least one server was empty.
	EmptySeconds float64 `json:"emptySeconds"`
}

// And joins what was found in another history of the same service, such as that
// of another way of finding its addresses.
func (r Report) And(o Report) Report {
	return Report{
		Exposures:      append(slices.Clip(r.Exposures), o.Exposures...),
		Empty:          append(slices.Clip(r.Empty), o.Empty...),
		ExposedSeconds: r.ExposedSeconds + o.ExposedSeconds, EmptySeconds: r.EmptySeconds + o.EmptySeconds,
	}
}

// Explains says that a client of the habit that used the address within [from, to]
// was bound to fail: a failed request that nothing here explains is a mistake of
// the clients, or of the oracle.
func (r Report) Explains(habit string, addr netip.Addr, from, to time.Time) bool {
	return slices.ContainsFunc(r.Exposures, func(x Witness) bool {
		return x.Habit == habit && x.Addr == addr && !to.Before(x.From) && from.Before(x.To)
	})
}

// ExplainsNone says the same of a client that found no address at the moment,
// and may have held that for so long.
func (r Report) ExplainsNone(at time.Time, held time.Duration) bool {
	return slices.ContainsFunc(r.Empty, func(e Interval) bool {
		return !at.Before(e.From) && at.Before(e.To.Add(held))
	})
}

// Clean says that the report holds no failure.
func (r Report) Clean() bool { return len(r.Exposures) == 0 && len(r.Empty) == 0 }

// ttlHonouring is the habit that is assumed when none is declared.
var ttlHonouring = []Habit{{Name: "ttl"}}

func (in Input) habits() []Habit {
	if len(in.Habits) == 0 {
		return ttlHonouring
	}
	return in.Habits
}

// patience is the largest Extra: held grows with it, so whatever any habit
// holds, the most patient one holds too.
func (in Input) patience() time.Duration {
	var most time.Duration
	for _, h := range in.habits() {
		most = max(most, h.Extra)
	}
	return most
}

// horizon fills in the ends that were left zero.
func (in Input) horizon() (from, to time.Time) {
	from, to = in.From, in.To
	if from.IsZero() {
		for _, v := range in.Views {
			if from.IsZero() || v.At.Before(from) {
				from = v.At
			}
		}
	}
	if !to.IsZero() {
		return from, to
	}
	var ttl time.Duration
	for _, v := range in.Views {
		to, ttl = later(to, v.At), max(ttl, v.TTL)
	}
	for _, s := range in.Serving {
		to = later(later(to, s.From), s.To)
	}
	// One second more, so that a last view has a length even without TTL.
	return from, to.Add(sum(sum(ttl, in.patience()), time.Second))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sum adds without overflow: both are at least 0 or bounded from below by the
// clamping of Sub.
func sum(a, b time.Duration) time.Duration {
	if c := a + b; b <= 0 || c > a {
		return c
	}
	return forever
}

// forever ends what does not end.
const forever = time.Duration(1<<63 - 1)
