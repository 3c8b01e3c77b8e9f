package kube

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
)

// forwardPhases is the way to EKS, in order.
var forwardPhases = []cutover.Phase{
	cutover.Preflight, cutover.Stage, cutover.Prepare, cutover.Shift, cutover.Hold, cutover.Drain, cutover.Migrated,
}

// conditions are all of a migration's conditions, on every pass. Unknown is what
// could not be read this time.
func conditions(goal v1alpha1.Goal, o cutover.Outcome) []metav1.Condition {
	s, wait := o.Decision.State, o.Decision.Wait
	reason := string(wait.Reason)
	if reason == "" {
		reason = "NotSeenYet"
	}
	seen := o.View.OK()
	stalled := stalled(goal, o)
	ready := reached(goal, o)
	cond := func(t string, st metav1.ConditionStatus, why, msg string) metav1.Condition {
		return metav1.Condition{Type: t, Status: st, Reason: why, Message: clip(msg, 1024)}
	}
	yesno := func(t string, ok bool, yes, no, msg string) metav1.Condition {
		if ok {
			return cond(t, metav1.ConditionTrue, yes, msg)
		}
		return cond(t, metav1.ConditionFalse, no, msg)
	}
	// after: the crossing is beyond this phase.
	after := func(t string, p cutover.Phase, yes string) metav1.Condition {
		at := slices.Index(forwardPhases, s.Phase)
		switch {
		case at > slices.Index(forwardPhases, p):
			return cond(t, metav1.ConditionTrue, yes, "")
		case !seen && at >= 0:
			return cond(t, metav1.ConditionUnknown, reason, wait.Text)
		}
		return cond(t, metav1.ConditionFalse, reason, wait.Text)
	}

	claimed := cond(v1alpha1.ConditionClaimed, metav1.ConditionTrue, "Claimed", "")
	switch {
	case o.Holder != "":
		claimed = cond(v1alpha1.ConditionClaimed, metav1.ConditionFalse, "HeldByAnother", wait.Text)
	case wait.Reason == cutover.WaitDenied:
		claimed = cond(v1alpha1.ConditionClaimed, metav1.ConditionFalse, reason, wait.Text)
	case !seen && !s.Wrote:
		claimed = cond(v1alpha1.ConditionClaimed, metav1.ConditionUnknown, reason, wait.Text)
	}
	passed := after(v1alpha1.ConditionPreflightPassed, cutover.Preflight, "ChecksPassed")
	if s.Direction == cutover.Back && s.Wrote {
		passed = cond(v1alpha1.ConditionPreflightPassed, metav1.ConditionTrue, "ChecksPassed", "")
	}
	returned := yesno(v1alpha1.ConditionSourceReturned, s.Returned != "", "TaskInName", "NoTaskInName", s.Returned)
	if !seen {
		returned = cond(v1alpha1.ConditionSourceReturned, metav1.ConditionUnknown, "NotRead", o.View.Unknown)
	}
	if wait.Reason == cutover.WaitNothing && s.Phase != "" {
		reason = string(s.Phase)
	}
	going := "GoingOn"
	if ready {
		going = "Reached"
	}
	return []metav1.Condition{
		claimed,
		passed,
		after(v1alpha1.ConditionShifted, cutover.Shift, "EverythingOnEKS"),
		after(v1alpha1.ConditionQuiet, cutover.Hold, "CachesRanOut"),
		after(v1alpha1.ConditionDrained, cutover.Drain, "NoTaskRuns"),
		returned,
		yesno(v1alpha1.ConditionReady, ready, reason, reason, wait.Text),
		yesno(v1alpha1.ConditionReconciling, !ready && !stalled && !atRest(wait.Reason), reason, reason, wait.Text),
		yesno(v1alpha1.ConditionStalled, stalled, reason, going, pick(stalled, wait.Text, "")),
	}
}

// reached: the name leads where the spec wants it, and is in order.
func reached(goal v1alpha1.Goal, o cutover.Outcome) bool {
	if o.Holder != "" || o.Decision.Wait.Reason != cutover.WaitNothing {
		return false
	}
	want := cutover.Migrated
	if goal == v1alpha1.GoalSource {
		want = cutover.RolledBack
	}
	return o.Decision.State.Phase == want
}

// atRest: what stands still without anything being wrong.
func atRest(r cutover.Reason) bool { return r == cutover.WaitPaused || r == cutover.WaitNothing }

// passing are the checks that may pass by themselves, with time.
var passing = []string{"ecs-steady"}

// stalled: nothing goes on without a person.
func stalled(goal v1alpha1.Goal, o cutover.Outcome) bool {
	d := o.Decision
	switch d.Wait.Reason {
	case cutover.WaitPerson, cutover.WaitDenied:
		return true
	case cutover.WaitChecks:
		for _, id := range passing {
			if d.Wait.Object == "check "+id {
				return false
			}
		}
		return true
	case cutover.WaitPaused:
		l := d.State.Latched
		return l != nil && l.Verb == cutover.VerbHalt
	case cutover.WaitNothing:
		return !reached(goal, o) // rolled back by a command, while the spec wants EKS
	default:
		return d.State.Halt != ""
	}
}

func pick(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}
