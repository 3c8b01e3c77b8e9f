package cloud

import (
	"math/bits"
	"math/rand/v2"
	"time"
)

// chance is one source of randomness. Each use has its own, so that asking a
// question more often does not change what happens elsewhere.
type chance struct{ pcg rand.PCG }

func (c *chance) seed(seed, use uint64) { c.pcg.Seed(seed, use) }

// below is uniform in [0, n).
func (c *chance) below(n int) int {
	hi, _ := bits.Mul64(c.pcg.Uint64(), uint64(n))
	return int(hi)
}

func (c *chance) fraction() float64 { return float64(c.pcg.Uint64()>>11) / (1 << 53) }

// between is uniform in [lo, hi].
func (c *chance) between(lo, hi time.Duration) time.Duration {
	if hi <= lo {
		return lo
	}
	return lo + time.Duration(float64(hi-lo)*c.fraction())
}

// tail is in [lo, hi], half of the time close to lo and seldom close to hi.
func (c *chance) tail(lo, hi time.Duration) time.Duration {
	if hi <= lo {
		return lo
	}
	f := c.fraction()
	f *= f
	f *= f
	f *= f
	return lo + time.Duration(float64(hi-lo)*f)
}

const hexDigits = "0123456789abcdef"

// hex is n hexadecimal digits.
func (c *chance) hex(n int) string { return c.text(hexDigits, n) }

// letters is n letters and digits, as in Cloud Map's ids.
func (c *chance) letters(n int) string { return c.text("abcdefghijklmnopqrstuvwxyz234567", n) }

func (c *chance) text(digits string, n int) string {
	b := make([]byte, n)
	var v uint64
	for i := range b {
		if i%8 == 0 {
			v = c.pcg.Uint64()
		}
		b[i] = digits[int(v&0xff)%len(digits)]
		v >>= 8
	}
	return string(b)
}
