package load

import (
	"math/bits"
	"time"
)

// latencies counts durations in buckets that grow with them: eight to each
// doubling of a microsecond, so that a quantile is at most 12.5 % too high.
type latencies struct {
	count   uint64
	buckets [8 * 40]uint64
}

func bucket(d time.Duration) int {
	us := uint64(max(d, 0) / time.Microsecond)
	if us < 8 {
		return int(us)
	}
	shift := bits.Len64(us) - 4
	return min(8*shift+int(us>>shift), 8*40-1)
}

// upper is the first duration that is too long for the bucket.
func upper(bucket int) time.Duration {
	if bucket < 8 {
		return time.Duration(bucket+1) * time.Microsecond
	}
	shift := bucket/8 - 1
	return time.Duration(bucket%8+9) << shift * time.Microsecond
}

func (l *latencies) add(d time.Duration) {
	l.count++
	l.buckets[bucket(d)]++
}

// quantile is the duration that the given share of them did not exceed; 0 if
// there are none.
func (l *latencies) quantile(share float64) time.Duration {
	left := uint64(share * float64(l.count))
	for i, n := range l.buckets {
		if n > left {
			return upper(i)
		}
		left -= n
	}
	return 0
}
