package vpc

import (
	"net/netip"
	"sync"
	"time"
)

// session counts what one connection sends in the present interval.
type session struct {
	log                *FlowLog
	src, dst           netip.AddrPort
	srcEnd, dstEnd     Interface
	mu                 sync.Mutex
	interval           time.Time // the present one's begin
	forward, backwards tally
}

// tally is one direction in one interval.
type tally struct {
	packets, bytes int64
	flags          uint8
	first, last    time.Time
}

// Sizes of packets, with which they are estimated.
const (
	segment   = 1460 // bytes of data in a packet
	header    = 40   // of IP and TCP
	synPacket = 60   // SYN, with its options
)

func (t *tally) add(at time.Time, packets, bytes int64, flags uint8) {
	if t.packets == 0 {
		t.first = at
	}
	t.packets, t.bytes, t.flags, t.last = t.packets+packets, t.bytes+bytes, t.flags|flags, at
}

// opened begins to count: SYN, SYN and ACK, ACK.
func (l *FlowLog) opened(at time.Time, src, dst netip.AddrPort) *session {
	s := &session{
		log: l, src: src, dst: dst, srcEnd: l.interfaceAt(src.Addr()), dstEnd: l.interfaceAt(dst.Addr()),
		interval: at.Truncate(l.cfg.Interval),
	}
	s.forward.add(at, 2, synPacket+header, FlagSYN)
	s.backwards.add(at, 1, synPacket, FlagSYNACK)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[s] = true
	return s
}

// carried counts n bytes of data one way, and their acknowledgement the other.
func (s *session) carried(at time.Time, there bool, n int) {
	if n <= 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(at)
	data, ack := &s.forward, &s.backwards
	if !there {
		data, ack = ack, data
	}
	packets := int64(n+segment-1) / segment
	data.add(at, packets, int64(n)+packets*header, 0)
	acks := (packets + 1) / 2
	ack.add(at, acks, acks*header, 0)
}

// ended counts how the connection ended, and stops counting.
func (s *session) ended(at time.Time, reset bool) {
	s.mu.Lock()
	s.turn(at)
	if reset {
		s.backwards.add(at, 1, header, FlagRST)
	} else {
		s.forward.add(at, 2, 2*header, FlagFIN)
		s.backwards.add(at, 2, 2*header, FlagFIN)
	}
	s.take()
	s.mu.Unlock()
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	delete(s.log.open, s)
}

// roll hands over the present interval if it ends by until.
func (s *session) roll(until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.interval.Before(until) {
		s.take()
	}
}

// turn begins a new interval when at is in a later one.
func (s *session) turn(at time.Time) {
	if i := at.Truncate(s.log.cfg.Interval); i.After(s.interval) {
		s.take()
		s.interval = i
	}
}

// take hands over what was counted, as the two interfaces saw it.
func (s *session) take() {
	var flows []Flow
	for _, d := range []struct {
		t        *tally
		from, to netip.AddrPort
		out, in  Interface
	}{{&s.forward, s.src, s.dst, s.srcEnd, s.dstEnd}, {&s.backwards, s.dst, s.src, s.dstEnd, s.srcEnd}} {
		if d.t.packets == 0 {
			continue
		}
		f := Flow{
			Src: d.from, Dst: d.to, Protocol: TCP, Packets: d.t.packets, Bytes: d.t.bytes, Flags: d.t.flags,
			Start: d.t.first, End: d.t.last, Action: Accept, Status: OK,
		}
		f.Interface, f.Direction = d.out, Egress
		flows = append(flows, f)
		f.Interface, f.Direction = d.in, Ingress
		flows = append(flows, f)
		*d.t = tally{}
	}
	if flows == nil {
		return
	}
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.past = append(s.log.past, flows...)
}
