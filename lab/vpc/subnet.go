package vpc

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"
)

// subnet is one zone's part of a Pool.
type subnet struct {
	prefix  netip.Prefix
	next    uint32 // the lowest address that was never handed out
	last    uint32
	free    []uint32  // released and cooled down, ascending
	cooling []cooling // released, by time
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
	cooled := 0
	for cooled < len(s.cooling) && !s.cooling[cooled].until.After(now) {
		s.free = insert(s.free, s.cooling[cooled].n, cmp.Compare[uint32])
		cooled++
	}
	s.cooling = slices.Delete(s.cooling, 0, cooled)
	var n uint32
	switch {
	case len(s.free) > 0: // always lower than next
		n = s.free[0]
		s.free = slices.Delete(s.free, 0, 1)
	case s.next <= s.last:
		n = s.next
		s.next++
	default:
		return 0, false
	}
	s.used[n] = true
	return n, true
}

func (s *subnet) giveBack(n uint32, until time.Time) {
	delete(s.used, n)
	s.cooling = insert(s.cooling, cooling{n, until}, byTime)
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

// insert keeps a slice sorted. Subnets have some thousand addresses at most:
// moving them is cheaper than anything more clever.
func insert[T any](sorted []T, x T, compare func(a, b T) int) []T {
	at, _ := slices.BinarySearchFunc(sorted, x, compare)
	return slices.Insert(sorted, at, x)
}

func byTime(a, b cooling) int {
	return cmp.Or(a.until.Compare(b.until), cmp.Compare(a.n, b.n))
}
