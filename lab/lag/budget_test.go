package lag

import (
	"testing"
	"time"
)

func TestFloor(t *testing.T) {
	for _, tt := range []struct {
		b    Budget
		n    int
		want time.Duration
	}{
		{Budget{PerSecond: 25, Burst: 50}, 0, 0},
		{Budget{PerSecond: 25, Burst: 50}, 50, 0},
		{Budget{PerSecond: 25, Burst: 50}, 51, 40 * time.Millisecond},
		{Budget{PerSecond: 25, Burst: 50}, 2050, 80 * time.Second},
		{Budget{PerSecond: 4, Burst: 1}, 5, time.Second},
	} {
		if got := tt.b.Floor(tt.n); got != tt.want {
			t.Errorf("%d calls of %+v take %v, want %v", tt.n, tt.b, got, tt.want)
		}
	}
}

func TestSpent(t *testing.T) {
	b := Budget{PerSecond: 10, Burst: 2} // a token each 100 ms
	for name, tt := range map[string]struct {
		sent []int // in ms
		want int
	}{
		"nothing":                     {nil, 0},
		"one of two tokens":           {[]int{0}, 0},
		"both":                        {[]int{0, 0}, 100},
		"both, one after the other":   {[]int{0, 30}, 70},
		"a steady pace":               {[]int{0, 0, 100, 200}, 300},
		"with a moment to spare":      {[]int{0, 0, 120, 220}, 260},
		"twice, with a pause between": {[]int{0, 0, 1000, 1000}, 200},
		"never more than there is":    {[]int{0, 200, 400}, 0},
	} {
		var at []time.Time
		for _, ms := range tt.sent {
			at = append(at, t0.Add(time.Duration(ms)*time.Millisecond))
		}
		if got := b.Spent(at); got != time.Duration(tt.want)*time.Millisecond {
			t.Errorf("%s: %v, want %d ms", name, got, tt.want)
		}
	}
}
