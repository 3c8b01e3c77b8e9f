package load

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// tally counts. One lock serves: what is done under it is a few additions.
type tally struct {
	habits   []Habit
	services []string
	keep     int // how many failures to keep

	mu       sync.Mutex
	from     time.Time
	all      Count
	kinds    map[Kind]int
	byHabit  []HabitCount
	counts   []service
	pairs    []pair // by habit, then service
	failures []Failure
	latency  latencies
}

// service is what is counted per service.
type service struct {
	Count
	answeredBy map[string]int
	empty      time.Duration // in look-ups, without the present one
	emptySince time.Time     // zero: the last look-up found an address
	// pinnedUntil is ServiceCount's.
	pinnedUntil time.Time
}

func newTally(targets []question, keep int) *tally {
	t := &tally{habits: Habits(), keep: keep, kinds: map[Kind]int{}}
	t.byHabit = make([]HabitCount, len(t.habits))
	t.counts = make([]service, len(targets))
	t.pairs = make([]pair, len(t.habits)*len(targets))
	for i := range targets {
		t.services = append(t.services, targets[i].Service)
		t.counts[i].answeredBy = map[string]int{}
	}
	return t
}

func (t *tally) start(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.from = now
}

func (t *tally) pair(c *client, target int) *pair {
	return &t.pairs[c.number*len(t.services)+target]
}

// begin notes that a request starts, and returns its number among its pair's.
func (t *tally) begin(c *client, target int, now time.Time) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.pair(c, target).begin(now.Sub(t.from))
}

// end notes what became of it.
func (t *tally) end(c *client, target, number int, began, ended time.Time, out outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	verdict := uint8(good)
	one := Count{Requests: 1}
	switch {
	case out.failure == nil:
	case out.cutOff:
		verdict, one.CutOff = neither, 1
	default:
		verdict, one.Failed = bad, 1
	}
	h := &t.byHabit[c.number]
	h.add(one)
	switch verdict {
	case good:
		h.LastAnswered = later(h.LastAnswered, began)
	case bad:
		if h.Kinds == nil {
			h.Kinds = map[Kind]int{}
		}
		h.Kinds[out.kind]++
	}
	t.pair(c, target).end(number, ended.Sub(t.from), verdict)
	s := &t.counts[target]
	if c.habit.Apart() {
		if verdict == good {
			c.answered[target] = later(c.answered[target], began)
		} else {
			s.pinnedUntil = later(s.pinnedUntil, c.answered[target])
		}
		return
	}
	t.all.add(one)
	s.add(one)
	switch verdict {
	case good:
		if !c.habit.lasts() {
			t.latency.add(ended.Sub(began))
		}
		s.answeredBy[out.platform]++
	case bad:
		t.kinds[out.kind]++
		if len(t.failures) < t.keep {
			t.failures = append(t.failures, t.witness(c, target, began, ended, out))
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (c *Count) add(o Count) {
	c.Requests += o.Requests
	c.Failed += o.Failed
	c.CutOff += o.CutOff
}

func (t *tally) witness(c *client, target int, began, ended time.Time, out outcome) Failure {
	f := Failure{
		At: began, TookSeconds: ended.Sub(began).Seconds(), Habit: c.habit, Client: c.addr.String(),
		Service: t.services[target], Reused: out.reused, Kind: out.kind, Error: out.err.Error(),
	}
	if out.dst.IsValid() {
		f.Address = out.dst.String()
	}
	return f
}

// lookup notes what a look-up found.
func (t *tally) lookup(target int, now time.Time, empty bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &t.counts[target]
	switch {
	case empty && s.emptySince.IsZero():
		s.emptySince = now
	case !empty && !s.emptySince.IsZero():
		s.empty += now.Sub(s.emptySince)
		s.emptySince = time.Time{}
	}
}

// result is the state at the given moment.
func (t *tally) result(now time.Time) Result {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := Result{
		From: t.from, To: now, Requests: t.all.Requests, Failed: t.all.Failed, CutOff: t.all.CutOff,
		WrongService: t.kinds[WrongService], FailuresByKind: maps.Clone(t.kinds),
		ByHabit: map[Habit]HabitCount{}, PerService: map[string]ServiceCount{},
		LatencyP50Seconds: t.latency.quantile(0.50).Seconds(),
		LatencyP99Seconds: t.latency.quantile(0.99).Seconds(),
		Failures:          slices.Clone(t.failures),
	}
	for i, c := range t.byHabit {
		if c.Requests > 0 {
			c.Kinds = maps.Clone(c.Kinds)
			r.ByHabit[t.habits[i]] = c
		}
	}
	var empty time.Duration
	for i := range t.counts {
		s := &t.counts[i]
		e := s.empty
		if !s.emptySince.IsZero() {
			e += now.Sub(s.emptySince)
		}
		empty += e
		r.PerService[t.services[i]] = ServiceCount{
			Count: s.Count, AnsweredBy: maps.Clone(s.answeredBy), EmptyAnswerSeconds: e.Seconds(),
			PinnedUntil: s.pinnedUntil,
		}
	}
	r.EmptyAnswerSeconds = empty.Seconds()
	var worst span
	for i := range t.pairs {
		if t.habits[i/len(t.services)].Apart() {
			continue
		}
		if o := t.pairs[i].outage(); o.length() > worst.length() {
			worst = o
			r.LongestOutage = &Outage{
				Habit: t.habits[i/len(t.services)], Service: t.services[i%len(t.services)],
				From: t.from.Add(o.From), To: t.from.Add(o.To),
			}
		}
	}
	r.LongestOutageSeconds = worst.length().Seconds()
	return r
}
