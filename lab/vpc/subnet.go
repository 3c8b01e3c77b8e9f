package vpc

import (
	"container/heap"
	"encoding/binary"
	"net/netip"
	"time"
)

// subnet is one zone's part of a Pool.
type subnet struct {
	prefix  netip.Prefix
	next    uint32 // the lowest address that was never handed out
	last    uint32
	free    numbers // released and cooled down
	cooling coolings
	used    map[uint32]bool
}

func newSubnet(p netip.Prefix) *subnet {
	first := number(p.Addr())
	return &subnet{
		prefix: p,
		// The first four addresses and the last are AWS's own:
		// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
		next: first + 4,
		last: first + 1<<(32-p.Bits()) - 2,
		used: map[uint32]bool{},
	}
}

func (s *subnet) take(now time.Time) (uint32, bool) {
	for len(s.cooling) > 0 && !s.cooling[0].until.After(now) {
		heap.Push(&s.free, heap.Pop(&s.cooling).(cooling).n)
	}
	var n uint32
	switch {
	case len(s.free) > 0: // always lower than next
		n = heap.Pop(&s.free).(uint32)
	case s.next <= s.last:
		n = s.next
		s.next++
	default:
		return 0, false
	}
	s.used[n] = true
	return n, true
}

func number(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

func address(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n)))
}

// cooling is an address that may not be used before its time.
type cooling struct {
	n     uint32
	until time.Time
}

type coolings []cooling

func (c coolings) Len() int { return len(c) }
func (c coolings) Less(i, j int) bool {
	if !c[i].until.Equal(c[j].until) {
		return c[i].until.Before(c[j].until)
	}
	return c[i].n < c[j].n
}
func (c coolings) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *coolings) Push(x any)   { *c = append(*c, x.(cooling)) }
func (c *coolings) Pop() any {
	old := *c
	x := old[len(old)-1]
	*c = old[:len(old)-1]
	return x
}

type numbers []uint32

func (h numbers) Len() int           { return len(h) }
func (h numbers) Less(i, j int) bool { return h[i] < h[j] }
func (h numbers) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *numbers) Push(x any)        { *h = append(*h, x.(uint32)) }
func (h *numbers) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
