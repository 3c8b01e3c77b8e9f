package aws

import (
	"context"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/pace"
)

// A call that has no patience is refused where it is not its turn, and waits for
// nothing.
func TestPatience(t *testing.T) {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	p, err := pace.New([]pace.Rate{{Op: "servicediscovery:GetOperation", PerSecond: 1, Burst: 2}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	pacing := NewPacing(p, func() time.Time { return now }, func(context.Context, time.Duration) error {
		t.Error("it waits")
		return nil
	}, time.Minute)
	for n, want := range []bool{true, true, false} {
		if _, ok := pacing.reserve("servicediscovery:GetOperation", 0); ok != want {
			t.Errorf("call %d: %t", n+1, ok)
		}
	}
	if d, ok := pace.Patience(pace.WithPatience(t.Context(), time.Second)); !ok || d != time.Second {
		t.Errorf("%s %t", d, ok)
	}
	if _, ok := pace.Patience(t.Context()); ok {
		t.Error("nobody said so")
	}
}
