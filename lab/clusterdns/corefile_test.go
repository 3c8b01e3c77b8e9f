package clusterdns

import (
	"testing"
	"time"
)

// What the cluster's DNS adds depends on what it is given: never less than five
// seconds, never more than its cap.
func TestHolds(t *testing.T) {
	for ttl, want := range map[time.Duration]time.Duration{
		0: 5 * time.Second, 5 * time.Second: 5 * time.Second, 20 * time.Second: 20 * time.Second, time.Minute: 30 * time.Second,
	} {
		if got := Holds(ttl); got != want {
			t.Errorf("an answer with TTL %s is held for %s, want %s", ttl, got, want)
		}
	}
}
