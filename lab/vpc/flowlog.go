package vpc

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Aggregation intervals that a flow log can have.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
const (
	// DefaultAggregation is what CreateFlowLogs takes where none is given.
	DefaultAggregation = 10 * time.Minute
	// NitroAggregation is the longest interval of an interface of a Nitro
	// instance, whatever was asked for; and the shortest that can be asked for.
	NitroAggregation = time.Minute
)

// FlowLogConfig says what a FlowLog writes, and to whom.
type FlowLogConfig struct {
	// On gets the records when their interval is over, in the order of
	// interfaces and times. Called by Advance and Close, once for all that are
	// due: what each record costs on its own, such as a lock that many want, would
	// make a busy lab's records come later and later.
	On func([]Flow)
	// Interval is the aggregation interval, NitroAggregation if 0. Intervals
	// begin at its multiples.
	Interval time.Duration
	// Interface tells what is known of the interface that has an address now;
	// nil or false for nothing: its id is then made from the address. It is
	// asked when a connection opens, from the goroutine that dials.
	Interface func(netip.Addr) (Interface, bool)
	// Account of the interfaces whose own is empty; 123456789012 if empty.
	Account string
	// Quiet interfaces, those seen before without traffic now, get a record
	// with NODATA for each interval, as in AWS.
	Quiet bool
}

// FlowLog makes flow log records of the connections that a Fabric carries: for
// each connection two interfaces, and at each of them two directions. It has no
// clock or goroutine: somebody calls Advance. Safe for concurrent use.
type FlowLog struct {
	cfg FlowLogConfig

	mu     sync.Mutex
	open   map[*session]bool
	past   []Flow // of intervals that may not be over yet
	quiet  map[string]Interface
	writes sync.Mutex // one Advance at a time, so that records keep their order
	until  time.Time  // records up to here are out
}

// NewFlowLog makes a log without any record.
func NewFlowLog(cfg FlowLogConfig) *FlowLog {
	if cfg.Interval <= 0 {
		cfg.Interval = NitroAggregation
	}
	if cfg.Account == "" {
		cfg.Account = "123456789012"
	}
	if cfg.On == nil {
		cfg.On = func([]Flow) {}
	}
	return &FlowLog{cfg: cfg, open: map[*session]bool{}, quiet: map[string]Interface{}}
}

// Advance writes the records of all intervals that are over by now.
func (l *FlowLog) Advance(now time.Time) { l.write(now.Truncate(l.cfg.Interval)) }

// Next is when Advance has something to write again, at the earliest.
func (l *FlowLog) Next(now time.Time) time.Time {
	return now.Truncate(l.cfg.Interval).Add(l.cfg.Interval)
}

// Close writes what there is, also of the interval that isn't over.
func (l *FlowLog) Close(now time.Time) {
	l.write(now.Truncate(l.cfg.Interval).Add(l.cfg.Interval))
}

func (l *FlowLog) write(until time.Time) {
	l.writes.Lock()
	defer l.writes.Unlock()
	if due := l.due(until); len(due) > 0 {
		l.cfg.On(due)
	}
}

// due takes out the records of the intervals that end by until, sorted.
func (l *FlowLog) due(until time.Time) []Flow {
	l.mu.Lock()
	sessions := make([]*session, 0, len(l.open))
	for s := range l.open {
		sessions = append(sessions, s)
	}
	l.mu.Unlock()
	for _, s := range sessions { // a session's lock comes before the log's
		s.roll(until)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// The rest gets an array of its own: that of a busy moment is large, and would stay.
	var due, rest []Flow
	for _, f := range l.past {
		if f.Start.Before(until) {
			due = append(due, f)
		} else {
			rest = append(rest, f)
		}
	}
	l.past = rest
	due = merged(due, l.cfg.Interval)
	if l.cfg.Quiet {
		due = append(due, l.silence(due, until)...)
		slices.SortStableFunc(due, byInterface)
	}
	if until.After(l.until) {
		l.until = until
	}
	return due
}

// silence is a record with NODATA for each interface and interval without any.
func (l *FlowLog) silence(due []Flow, until time.Time) (out []Flow) {
	spoke := map[string]map[time.Time]bool{}
	for _, f := range due {
		if spoke[f.Interface.ID] == nil {
			spoke[f.Interface.ID] = map[time.Time]bool{}
		}
		spoke[f.Interface.ID][f.Start.Truncate(l.cfg.Interval)] = true
	}
	if !l.until.IsZero() {
		for at := l.until; at.Before(until); at = at.Add(l.cfg.Interval) {
			for id, i := range l.quiet {
				if !spoke[id][at] {
					out = append(out, Flow{Interface: i, Start: at, End: at.Add(l.cfg.Interval - time.Second), Status: NoData})
				}
			}
		}
	}
	for _, f := range due {
		l.quiet[f.Interface.ID] = f.Interface
	}
	return out
}

// merged sorts records, and makes one of those of one flow in one interval: a
// port that was used twice.
func merged(flows []Flow, interval time.Duration) []Flow {
	slices.SortStableFunc(flows, byInterface)
	out := flows[:0]
	for _, f := range flows {
		if n := len(out); n > 0 && byFlow(out[n-1], f) == 0 && out[n-1].Start.Truncate(interval).Equal(f.Start.Truncate(interval)) {
			o := &out[n-1]
			o.Packets, o.Bytes, o.Flags = o.Packets+f.Packets, o.Bytes+f.Bytes, o.Flags|f.Flags
			if f.End.After(o.End) {
				o.End = f.End
			}
			continue
		}
		out = append(out, f)
	}
	return out
}

func byInterface(a, b Flow) int {
	return cmp.Or(byFlow(a, b), a.Start.Compare(b.Start))
}

func byFlow(a, b Flow) int {
	return cmp.Or(cmp.Compare(a.Interface.ID, b.Interface.ID), cmp.Compare(a.Direction, b.Direction), a.Src.Compare(b.Src),
		a.Dst.Compare(b.Dst), cmp.Compare(a.Action, b.Action))
}

// interfaceAt is what is known of the interface with an address.
func (l *FlowLog) interfaceAt(a netip.Addr) Interface {
	i := interfaceOf(a, l.cfg.Account)
	if l.cfg.Interface == nil {
		return i
	}
	known, ok := l.cfg.Interface(a)
	if !ok {
		return i
	}
	known.ID, known.Account = cmp.Or(known.ID, i.ID), cmp.Or(known.Account, i.Account)
	return known
}

// refused notes a connection that was not let through: the caller's interface
// sent it out, and the other one, if the address has one, did not take it.
func (l *FlowLog) refused(at time.Time, src, dst netip.AddrPort, held bool) {
	f := Flow{
		Interface: l.interfaceAt(src.Addr()), Src: src, Dst: dst, Protocol: TCP, Packets: 1, Bytes: synPacket,
		Start: at, End: at, Action: Accept, Status: OK, Flags: FlagSYN, Direction: Egress,
	}
	flows := []Flow{f}
	if held {
		f.Interface, f.Action, f.Direction = l.interfaceAt(dst.Addr()), Reject, Ingress
		flows = append(flows, f)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.past = append(l.past, flows...)
}
