package load

import "time"

// The verdicts that outages are made of.
const (
	flying  = iota // not known yet
	good           // answered
	bad            // failed
	neither        // cut off: proves neither that the service answers nor that it doesn't
)

// started is one request of a pair in the order of starts.
type started struct {
	from, to time.Duration
	verdict  uint8
}

// pair follows the requests of one habit to one service and finds the longest
// outage. Requests end in another order than they start, so a verdict waits
// until all that started before have theirs; none flies longer than its
// time-out, which bounds what waits.
type pair struct {
	waiting []started
	base    int // how many have left waiting

	down        bool
	since, last time.Duration // begin of the present run; end of its last failure so far
	longest     span
}

// span is a time since the begin of the run.
type span struct{ From, To time.Duration }

func (s span) length() time.Duration { return s.To - s.From }

// begin notes a start and returns its number.
func (p *pair) begin(at time.Duration) int {
	if n := len(p.waiting); n > 0 {
		at = max(at, p.waiting[n-1].from)
	}
	p.waiting = append(p.waiting, started{from: at})
	return p.base + len(p.waiting) - 1
}

// end notes a verdict, and reads all that can be read in order now.
func (p *pair) end(number int, at time.Duration, verdict uint8) {
	s := &p.waiting[number-p.base]
	s.to, s.verdict = at, verdict
	n := 0
	for n < len(p.waiting) && p.waiting[n].verdict != flying {
		p.read(p.waiting[n])
		n++
	}
	if n > 0 {
		p.base += n
		p.waiting = p.waiting[:copy(p.waiting, p.waiting[n:])]
	}
}

func (p *pair) read(s started) {
	switch {
	case s.verdict == bad && !p.down:
		p.down, p.since, p.last = true, s.from, s.to
	case s.verdict == bad:
		p.last = max(p.last, s.to)
	case s.verdict == good && p.down:
		p.down = false
		p.note(span{p.since, s.from})
	}
}

func (p *pair) note(s span) {
	if s.length() > p.longest.length() {
		p.longest = s
	}
}

// outage is the longest so far, the present one included.
func (p *pair) outage() span {
	q := *p
	for _, s := range p.waiting {
		if s.verdict != flying {
			q.read(s)
		}
	}
	if q.down {
		q.note(span{q.since, q.last})
	}
	return q.longest
}
