package gate

import (
	"strings"
	"testing"
	"time"
)

func TestDecide(t *testing.T) {
	open := Policy{After: DefaultTimeout}
	closed := Policy{After: DefaultTimeout, Closed: true}
	due := epoch.Add(DefaultTimeout)
	who := Pod{Namespace: "shop", Name: "a", UID: "1"}
	for name, c := range map[string]struct {
		policy Policy
		s      Standing
		now    time.Time
		want   Verdict // its text is a part of what is said
	}{
		"present":   {open, Standing{Present: true}, epoch, Verdict{Open: true, Reason: ReasonRegistered, Text: "in its name"}},
		"not-ready": {open, Standing{}, due.Add(time.Hour), Verdict{Reason: ReasonNotReady, Text: "once its containers are ready"}},
		"waiting": {
			open, Standing{ReadySince: epoch, Waits: "RegisterInstance is throttled"}, due.Add(-1),
			Verdict{Reason: ReasonWaiting, Again: due, Text: "RegisterInstance is throttled"},
		},
		"timed-out": {
			open, Standing{ReadySince: epoch, Waits: "Cloud Map does not answer"}, due,
			Verdict{Open: true, Reason: ReasonTimedOut, Warning: true, Text: "shop/a was not in its name within 5m0s after it was ready: Cloud Map does not answer; its readiness gate is opened"},
		},
		"kept-closed": {
			closed, Standing{ReadySince: epoch}, due,
			Verdict{Reason: ReasonOverdue, Warning: true, Text: "within 5m0s after it was ready; its readiness gate stays closed, as --gate-closed says"},
		},
		"closed-and-present": {closed, Standing{ReadySince: epoch, Present: true}, due.Add(time.Hour), Verdict{Open: true, Reason: ReasonRegistered, Text: "in its name"}},
		"stray":              {closed, Standing{Stray: true}, epoch, Verdict{Open: true, Reason: ReasonNotClaimed, Warning: true, Text: "no Service that claims a name selects pod shop/a"}},
		"held":               {closed, Standing{ReadySince: epoch, Held: "2 ECS tasks are in it"}, epoch, Verdict{Open: true, Reason: ReasonNameHeld, Text: "2 ECS tasks"}},
		"at-once":            {Policy{}, Standing{ReadySince: epoch}, epoch, Verdict{Open: true, Reason: ReasonTimedOut, Warning: true, Text: "within 0s"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.s.Pod = who
			got := c.policy.Decide(c.s, c.now)
			if !strings.Contains(got.Text, c.want.Text) {
				t.Errorf("it says %q, not %q", got.Text, c.want.Text)
			}
			c.want.Text = got.Text
			if got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}
